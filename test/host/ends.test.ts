/** How a tool's run comes to its end: by its own exit, after a grace, or because it waits for its provider. */
import { expect, test } from "vitest";
import { unlimited } from "./program.ts";
import { makeHost, makeRepository, makeTown, startOf } from "./support.ts";

type Tool = "claude" | "codex" | "gemini" | "opencode";

/** Prints these lines in a tool's name, each so many ms after its start, and leaves a file; then exits, or stays. */
const says = (lines: readonly (readonly [number, object | string])[], exitAfterMs: number | null) => [
  process.execPath,
  "-e",
  `require("fs").writeFileSync("made.txt", "made");
  for (const [ms, line] of ${JSON.stringify(lines)}) setTimeout(() => console.log(typeof line === "string" ? line : JSON.stringify(line)), ms);
  setTimeout(() => process.exit(0), ${exitAfterMs ?? 600_000});`,
];

const done = {
  claude: { type: "result", subtype: "success", is_error: false, result: "Done.", usage: {} },
  codex: { type: "turn.completed", usage: {} },
  gemini: { type: "result", status: "success", stats: {} },
} as const;

async function runOf(preset: Tool, command: string[]) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const beganMs = Date.now();
  await host.start(startOf(town, repository.url, { command, maxRunMs: 60_000, program: { ...unlimited, preset } }));
  return { preset, last: await town.last(1, 50_000), tookMs: Date.now() - beganMs };
}

test("a tool that has said its last and does not exit is ended after a grace, and its work collected", async () => {
  const tools = ["claude", "codex", "gemini"] as const;
  const ends = await Promise.all(tools.map((preset) => runOf(preset, says([[0, done[preset]]], null))));
  for (const { preset, last, tookMs } of ends) {
    expect({ preset, kind: last.kind }).toEqual({ preset, kind: "finished" });
    expect(tookMs).toBeGreaterThan(9_000);
    expect(tookMs).toBeLessThan(45_000);
  }
});

test("a tool that goes on after what looked like its end, or gets further after a wait, is left alone", async () => {
  const word = { type: "assistant", message: { content: [{ type: "text", text: "one more thing" }] } };
  const item = { type: "item.completed", item: { type: "agent_message", text: "Here I am." } };
  const ends = await Promise.all([
    runOf(
      "claude",
      says(
        [
          [0, done.claude],
          [4_000, word],
          [13_000, done.claude],
        ],
        14_000,
      ),
    ),
    runOf(
      "codex",
      says(
        [
          [0, { type: "error", message: "Reconnecting... 1/5 (x)" }],
          [4_000, item],
          [13_000, done.codex],
        ],
        14_000,
      ),
    ),
  ]);
  for (const { preset, last, tookMs } of ends) {
    expect({ preset, kind: last.kind }).toEqual({ preset, kind: "finished" });
    expect(tookMs).toBeGreaterThan(13_000);
  }
});

test("a tool that used up what it may has failed, though it exits with 0 and left work", async () => {
  const cases = [
    ["claude", { type: "result", subtype: "error_max_turns", is_error: false, num_turns: 3 }, "max_turns"],
    ["claude", { type: "result", subtype: "error_max_budget_usd", is_error: false }, "over_budget"],
    [
      "gemini",
      { type: "result", status: "error", error: { type: "FatalTurnLimitedError", message: "x" } },
      "max_turns",
    ],
    ["opencode", { type: "error", error: { name: "MessageOutputLengthError", data: {} } }, "output_limit"],
  ] as const;
  const ends = await Promise.all(cases.map(([preset, event]) => runOf(preset, says([[0, event]], 200))));
  expect(ends.map(({ last }) => last)).toMatchObject(
    cases.map(([, , code]) => ({ kind: "failed", failure: "agent_failed", code })),
  );
});

test("a tool that goes on waiting for its provider is ended, however near each next try is", async () => {
  const retry = {
    type: "system",
    subtype: "api_retry",
    attempt: 1,
    retry_delay_ms: 500,
    error_status: 529,
    error: "overloaded",
  };
  const status = { type: "retry", attempt: 1, message: "Too Many Requests", next: 0 };
  const cases = [
    ["claude", retry, "provider_down"],
    [
      "codex",
      { type: "error", message: "Reconnecting... 1/5 (exceeded retry limit, last status: 429 Too Many Requests)" },
      "provider_limited",
    ],
    ["gemini", "Attempt 1 failed with status 429. Retrying with backoff... _ApiError: {}", "provider_limited"],
    ["opencode", { type: "session.status", properties: { status } }, "provider_limited"],
  ] as const;
  const ends = await Promise.all(cases.map(([preset, event]) => runOf(preset, says([[0, event]], null))));
  for (const [n, { last, tookMs }] of ends.entries()) {
    expect(last).toMatchObject({ kind: "failed", failure: "provider_limited", code: cases[n]?.[2] });
    expect(tookMs).toBeLessThan(45_000);
  }
});
