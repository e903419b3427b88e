/** What each tool's output comes to, by the shapes that the tools document. */
import { expect, test } from "vitest";
import { toolEnv } from "../../host/tool-env.ts";
import { argvOf, type PresetName, presets, providerOf } from "../../src/agents/index.ts";
import { resetIn } from "../../src/agents/reset.ts";
import { nothingSaid } from "../../src/agents/said.ts";
import { unlimited } from "./program.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function hear(preset: PresetName, ...events: (object | string)[]) {
  let said = nothingSaid;
  const shown: string[] = [];
  for (const event of events) {
    const line = typeof event === "string" ? event : JSON.stringify(event);
    const heard = presets[preset].read(said, line, NOW);
    said = heard.said;
    if (heard.text) shown.push(heard.text);
  }
  return { ...said, shown };
}

test("each preset runs unattended, with its model and its budget", () => {
  const full = { ...unlimited, model: "m", maxCostUsd: 2 };
  expect(argvOf([], { ...full, preset: "claude" }).join(" ")).toBe(
    "claude -p --output-format stream-json --verbose --dangerously-skip-permissions --model m --max-budget-usd 2",
  );
  expect(argvOf([], { ...full, preset: "codex" }).join(" ")).toBe(
    "codex exec --json --dangerously-bypass-approvals-and-sandbox --model m -",
  );
  expect(argvOf([], { ...full, preset: "opencode" }).join(" ")).toBe("opencode run --format json --auto --model m");
  expect(argvOf([], { ...full, preset: "gemini" }).join(" ")).toBe(
    "gemini --output-format stream-json --skip-trust --yolo --model m",
  );
  expect(argvOf([], { ...unlimited, driver: "acp", preset: "opencode" })).toEqual(["opencode", "acp"]);
  expect(argvOf(["x", "y"], { ...unlimited, preset: "opencode" })).toEqual(["x", "y"]);
  expect(argvOf([], { ...unlimited, permissions: "deny", preset: "claude" })).not.toContain(
    "--dangerously-skip-permissions",
  );
});

test("codex goes on with the session it had", () => {
  expect(presets.codex.resume?.(["codex", "exec", "--json", "-"], "t")).toEqual(
    ["codex", "exec", "--json", "resume", "t", "-"], // options of the command come before its own command
  );
  expect(hear("codex", { type: "thread.started", thread_id: "t" }).session).toBe("t");
});

test("agents of one preset share its provider; OpenCode's is in its model", () => {
  expect(providerOf({ ...unlimited, preset: "claude" })).toBe("anthropic");
  expect(providerOf({ ...unlimited, preset: "opencode", model: "local/m" })).toBe("local");
  expect(providerOf({ ...unlimited, preset: "exec" })).toBeNull();
});

test("claude: text, tools and plan on the way, usage and cost at the end", () => {
  const assistant = (...content: object[]) => ({ type: "assistant", message: { content } });
  const heard = hear(
    "claude",
    { type: "system", subtype: "init", session_id: "s" },
    assistant({ type: "text", text: "I look." }, { type: "tool_use", name: "Bash", input: { command: "ls" } }),
    assistant({
      type: "tool_use",
      name: "TodoWrite",
      input: { todos: [{ content: "Write it", status: "in_progress" }] },
    }),
    {
      type: "result",
      subtype: "success",
      is_error: false,
      result: "Done.",
      total_cost_usd: 0.25,
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 70,
        output_tokens: 5,
      },
    },
  );
  expect(heard.usage).toEqual({ inputTokens: 100, outputTokens: 5, cachedTokens: 70, costUsd: 0.25 });
  expect(heard.trouble).toBeNull();
  expect(heard.step.plan).toEqual([{ text: "Write it", status: "in_progress" }]);
  expect(heard.shown[0]).toBe("I look.\n[Bash]");
});

test("claude: tokens of each call as it runs, once for all blocks of a message; the result has the last word", () => {
  const usage = { input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 3 };
  const block = (id: string, more: object = {}) => ({
    type: "assistant",
    message: { id, content: [{ type: "text", text: "x" }], usage: { ...usage, ...more } },
  });
  const events = [
    block("a"),
    block("a", { output_tokens: 9 }),
    block("b"),
    { type: "assistant", message: { content: [] } },
  ];
  expect(hear("claude", ...events).usage).toEqual({
    inputTokens: 300,
    outputTokens: 12,
    cachedTokens: 100,
    costUsd: null,
  });
  const result = {
    type: "result",
    subtype: "success",
    is_error: false,
    total_cost_usd: 1,
    usage: { input_tokens: 400 },
  };
  expect(hear("claude", ...events, result).usage).toMatchObject({ inputTokens: 400, costUsd: 1 });
  expect(hear("claude", { type: "assistant", message: { id: "a", usage: { input_tokens: -5 } } }).usage).toBeNull();
});

test("claude: a limit with its reset, a login that is missing, a budget used up", () => {
  const failed = (result: string) => ({ type: "result", subtype: "success", is_error: true, result });
  expect(hear("claude", failed("Claude AI usage limit reached|1767229200")).trouble).toMatchObject({
    kind: "provider_limited",
    untilMs: 1767229200_000,
  });
  const event = {
    type: "rate_limit_event",
    rate_limit_info: { status: "rejected", resetsAt: 1767229200, rateLimitType: "five_hour" },
  };
  expect(hear("claude", event, failed("You've hit your limit")).trouble).toMatchObject({
    kind: "provider_limited",
    untilMs: 1767229200_000,
  });
  const told = { type: "assistant", error: "rate_limit", message: { content: [{ type: "text", text: "resets 3pm" }] } };
  expect(hear("claude", event, told, failed("You've hit your limit · resets 3pm")).trouble).toMatchObject({
    kind: "provider_limited",
    untilMs: 1767229200_000,
  });
  expect(hear("claude", failed("Prompt is too long: context limit reached")).trouble?.kind).toBe("agent_failed");
  expect(hear("claude", failed("Invalid API key · Please run /login")).trouble?.kind).toBe("auth");
  expect(hear("claude", { type: "result", subtype: "error_max_budget_usd", is_error: true }).trouble?.code).toBe(
    "over_budget",
  );
  const retry = {
    type: "system",
    subtype: "api_retry",
    retry_delay_ms: 90_000,
    error_status: 429,
    error: "rate_limit",
  };
  expect(hear("claude", retry).trouble).toMatchObject({
    kind: "provider_limited",
    retrying: true,
    untilMs: NOW + 90_000,
  });
  expect(hear("claude", retry, { type: "assistant", message: { content: [] } }).trouble).toBeNull();
});

test("codex: usage adds up over turns, and a connection made again is no failure", () => {
  const usage = { input_tokens: 100, cached_input_tokens: 40, output_tokens: 7 };
  const heard = hear(
    "codex",
    { type: "thread.started", thread_id: "t" },
    { type: "turn.started" },
    { type: "item.completed", item: { type: "todo_list", items: [{ text: "Write it", completed: true }] } },
    { type: "item.started", item: { type: "command_execution", command: "npm test", status: "in_progress" } },
    { type: "error", message: "Reconnecting... 1/5" },
    { type: "item.completed", item: { type: "agent_message", text: "Done." } },
    { type: "turn.completed", usage },
    { type: "turn.completed", usage },
  );
  expect(heard).toMatchObject({
    usage: { inputTokens: 200, outputTokens: 14, cachedTokens: 80, costUsd: null },
    trouble: null,
    step: {
      plan: [{ text: "Write it", status: "completed" }],
      tool: { title: "npm test", status: "in_progress" },
      message: "Done.",
    },
  });
});

test("codex: a turn that failed says why", () => {
  const failed = (message: string) => hear("codex", { type: "turn.failed", error: { message } }).trouble;
  expect(failed("You've hit your usage limit. Try again in 3 hours 2 minutes.")).toMatchObject({
    kind: "provider_limited",
    untilMs: NOW + 182 * 60_000,
  });
  expect(failed("unexpected status 401 Unauthorized: Missing bearer")).toMatchObject({ kind: "auth" });
  expect(failed("stream disconnected before completion")).toMatchObject({ kind: "provider_limited", code: "network" });
});

test("gemini: usage of the result, its errors, and its own exit codes", () => {
  const stats = { total_tokens: 120, input_tokens: 100, output_tokens: 20, cached: 30 };
  const heard = hear(
    "gemini",
    { type: "init", model: "gemini" },
    { type: "tool_use", tool_name: "write_file", tool_id: "1", parameters: {} },
    { type: "message", role: "assistant", content: "Done.", delta: true },
    { type: "result", status: "success", stats },
  );
  expect(heard).toMatchObject({
    usage: { inputTokens: 100, outputTokens: 20, cachedTokens: 30, costUsd: null },
    trouble: null,
    shown: ["[write_file]", "Done."],
  });
  const limited = "You exceeded your current quota. Please retry in 34.5s.";
  const error = { type: "result", status: "error", error: { type: "Error", message: limited }, stats };
  expect(hear("gemini", error).trouble).toMatchObject({ kind: "provider_limited", untilMs: NOW + 34_500 });
  expect(presets.gemini.exits?.[41]?.kind).toBe("auth");
});

test("opencode: tokens and cost of each step", () => {
  const step = (cost: number) => ({
    type: "step_finish",
    part: { tokens: { input: 100, output: 7, reasoning: 1, cache: { read: 5, write: 2 } }, cost },
  });
  const tool = { type: "tool_use", part: { tool: "bash", state: { status: "completed", title: "echo hi" } } };
  const heard = hear("opencode", { type: "step_start" }, tool, step(0.5), step(0.25));
  expect(heard).toMatchObject({
    usage: { inputTokens: 214, outputTokens: 16, cachedTokens: 10, costUsd: 0.75 },
    step: { tool: { title: "bash: echo hi", status: "completed" } },
    trouble: null,
  });
});

test("opencode: errors by their status, and a wait that it does not tell itself", () => {
  const error = (statusCode: number, message: string, responseHeaders = {}) => ({
    type: "error",
    error: { name: "APIError", data: { message, statusCode, responseHeaders } },
  });
  expect(hear("opencode", error(401, "Incorrect API key provided")).trouble?.kind).toBe("auth");
  expect(hear("opencode", error(429, "slow down", { "retry-after": "60" })).trouble).toMatchObject({
    kind: "provider_limited",
    untilMs: NOW + 60_000,
  });
  expect(hear("opencode", error(400, "context too long")).trouble?.kind).toBe("agent_failed");
  const waits = { type: "retry", attempt: 1, message: "Rate limit reached, try again later", next: NOW + 120_000 };
  const status = { type: "session.status", properties: { status: waits } };
  expect(hear("opencode", status).trouble).toMatchObject({ retrying: true, untilMs: NOW + 120_000 });
  expect(hear("opencode", status, { type: "step_finish", part: {} }).trouble).toBeNull();
});

test("opencode's own configuration stands above what the host adds", () => {
  const own = { share: "auto", plugin: ["mine"], provider: {} };
  const added = toolEnv({ OPENCODE_CONFIG_CONTENT: JSON.stringify(own) }, { preset: "opencode", driver: "acp" });
  expect(JSON.parse(added.OPENCODE_CONFIG_CONTENT ?? "")).toEqual({
    ...own,
    autoupdate: false,
    plugin: ["mine", expect.stringMatching(/^file:.*opencode-plugin\.mjs$/)],
  });
  const broken = { OPENCODE_CONFIG_CONTENT: "{broken" };
  expect(toolEnv(broken, { preset: "opencode", driver: "exec" })).toEqual(broken);
});

test("what is no JSON is shown as it is", () => {
  expect(hear("claude", "warning: old version", "{broken").shown).toEqual(["warning: old version", "{broken"]);
});

test.each([
  ["try again in 20s", NOW + 20_000],
  ["Please try again in 1.5 seconds.", NOW + 1_500],
  ["Your quota will reset after 2h3m4s.", NOW + 7_384_000],
  ["limit reached, resets in 2 days and 5 hours", NOW + 53 * 3_600_000],
  ["retry-after: 42", NOW + 42_000],
  ["until 2026-01-01T01:00:00Z", NOW + 3_600_000],
  ['"retryDelay": "34s"', NOW + 34_000],
  ["usage limit reached|1767229200", 1767229200_000],
  ["too many requests", null],
])("%s", (words, ms) => {
  expect(resetIn(words, NOW)).toBe(ms);
});
