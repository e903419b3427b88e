/** Real forms of trouble, and harmless texts, through all that reads them: `forms/` has a line for each. */
import { readFileSync } from "node:fs";
import { RequestError } from "@agentclientprotocol/sdk";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { troubleInAnswer, troubleInError } from "../../host/acp-trouble.ts";
import { Listener } from "../../host/listener.ts";
import { type PresetName, presets } from "../../src/agents/index.ts";
import { unlimited } from "./program.ts";

const NOW = Date.parse("2026-01-15T12:00:00Z");
const zone = process.env.TZ;

beforeAll(() => {
  process.env.TZ = "UTC"; // times of day without a zone are this machine's
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
});
afterAll(() => {
  vi.useRealTimers();
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const rowsOf = (name: string): string[][] =>
  readFileSync(new URL(`forms/${name}.txt`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));

function failureAfter(preset: PresetName, form: string, code = 1) {
  const listener = new Listener({ ...unlimited, preset }, []);
  const exit = /^exit (\d+)$/.exec(form)?.[1];
  if (exit === undefined) for (const line of form.split(" ⏎ ")) listener.hear(line);
  return listener.unlessUnknown(listener.failureOf({ code: Number(exit ?? code), signal: null }, form));
}

/** `+12` is seconds from now; a time before now that ends with `+` stands for one that is named in the form. */
function waitOf(reset: string): number | undefined {
  if (reset === "-") return undefined;
  if (reset.startsWith("+")) return Number(reset) * 1_000;
  return reset.endsWith("+") ? 1_768_492_800_000 - NOW : Date.parse(reset) - NOW;
}

const count: string[] = [];

describe.each(["claude", "codex", "gemini", "opencode"] as const)("%s", (preset) => {
  test.each(rowsOf(preset))("is %s until %s: %s", (code, reset = "", form = "") => {
    count.push(form);
    const failure = failureAfter(preset, form);
    expect({ code: failure?.code, waitMs: failure?.retryAfterMs }).toEqual({ code, waitMs: waitOf(reset) });
  });
});

test.each(rowsOf("acp"))("over the Agent Client Protocol it is %s until %s: %s", (code, reset = "", form = "") => {
  count.push(form);
  const said = JSON.parse(form);
  const { signals } = presets.claude;
  const trouble = said.stopReason
    ? troubleInAnswer(said, signals)
    : troubleInError(new RequestError(said.code, said.message, said.data), signals);
  const waitMs = trouble?.untilMs === undefined ? undefined : trouble.untilMs - NOW;
  expect({ code: trouble?.code, waitMs }).toEqual({ code, waitMs: waitOf(reset) });
});

const harmless = rowsOf("harmless");

test.each(harmless.filter(([how]) => how === "out").map(([, text = ""]) => text))(
  "what a program printed is no trouble of the tool's: %s",
  (text) => {
    for (const preset of ["claude", "codex", "gemini", "opencode"] as const) {
      const failure = failureAfter(preset, text);
      expect({ preset, failure: failure?.failure }).toEqual({ preset, failure: "agent_failed" });
      expect(failureAfter(preset, text, 0)).toBeNull();
    }
  },
);

test.each(
  harmless.filter(([how]) => how === "tool").map(([, preset, form]) => [preset as PresetName, form ?? ""] as const),
)("what %s tells of its work is no trouble: %s", (preset, form) => {
  expect(failureAfter(preset, form, 0)).toBeNull();
  expect(failureAfter(preset, form)?.failure).toBe("agent_failed");
});

test.each(
  harmless.filter(([how]) => how === "own").map(([, preset, form]) => [preset as PresetName, form ?? ""] as const),
)("an error of %s with such names in it is its own: %s", (preset, form) =>
  expect(failureAfter(preset, form)).toMatchObject({ failure: "agent_failed", code: "unknown_error" }),
);

test("there are as many forms as were gathered", () => {
  expect(count.length).toBeGreaterThanOrEqual(150);
  expect(harmless.length).toBeGreaterThanOrEqual(40);
});
