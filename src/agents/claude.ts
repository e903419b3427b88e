/** Claude Code: `claude -p --output-format stream-json`. */
import { spent, usageIn } from "./claude-usage.ts";
import type { Preset } from "./preset.ts";
import { bounded, inMs } from "./reset.ts";
import { at, jsonLines, listAt, numberAt, type Said, type Step, type Trouble, textAt, usageOf } from "./said.ts";
import type { Signals } from "./signals.ts";
import { troubleAs, troubleOf } from "./trouble.ts";

const signals: Signals = {
  exact: [
    [/cannot be used with root|root\/sudo privileges/i, "setup"],
    [/unknown option|error: (?:option|unknown|missing)|failed to parse|settings? file/i, "setup"],
  ],
  words: [[/server is temporarily limiting requests/i, "provider_limited"]],
};

export const claude: Preset = {
  provider: "anthropic",
  argv: ({ model, maxCostUsd, permissions }) => [
    ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
    ...(permissions === "allow" ? ["--dangerously-skip-permissions"] : ["--permission-mode", "acceptEdits"]),
    ...(model === null ? [] : ["--model", model]),
    ...(maxCostUsd === null ? [] : ["--max-budget-usd", String(maxCostUsd)]),
  ],
  acp: () => ["claude-agent-acp"],
  signals,
  read: jsonLines((event, said, nowMs) => {
    switch (textAt(event, "type")) {
      case "assistant":
        return assistant(event, said, nowMs);
      case "system":
        return textAt(event, "subtype") === "api_retry" ? { trouble: retrying(event, nowMs) } : {};
      case "rate_limit_event":
        return textAt(event, "rate_limit_info", "status") === "rejected" ? { trouble: rejected(event, nowMs) } : {};
      case "result":
        return result(event, said, nowMs);
      default:
        return {};
    }
  }),
};

function assistant(event: unknown, said: Said, nowMs: number): Partial<Said> & { text?: string } {
  const step: Step = {};
  const shown: string[] = [];
  for (const block of listAt(event, "message", "content")) {
    const type = textAt(block, "type");
    if (type === "text") {
      step.message = textAt(block, "text");
      shown.push(step.message);
    }
    if (type !== "tool_use") continue;
    const title = textAt(block, "name");
    step.tool = { title, status: "in_progress" };
    shown.push(`[${title}]`);
    const todos = title === "TodoWrite" ? listAt(block, "input", "todos") : [];
    if (todos.length > 0) step.plan = todos.map((t) => ({ text: textAt(t, "content"), status: textAt(t, "status") }));
  }
  const text = shown.join("\n");
  const error = textAt(event, "error");
  const used = spent(at(event, "message"), said);
  if (error === "") return { ...used, step, text, trouble: null };
  const words = step.message || error;
  return { ...used, step, text, trouble: withReset(problem({ words, types: [error] }, event, nowMs), said) };
}

/** By the event's own fields first. */
const problem = ({ words, types }: { words: string; types: string[] }, event: unknown, nowMs: number): Trouble => {
  const names = [
    ...types,
    textAt(event, "api_error_code"),
    textAt(event, "api_error_type"),
    textAt(event, "api_error"),
  ];
  return troubleOf({ words, types: names, status: numberAt(event, "api_error_status") }, nowMs, signals);
};

/** The reset is told ahead, in an event of its own. */
function withReset(trouble: Trouble, { trouble: before }: Said): Trouble {
  if (trouble.kind !== before?.kind || before.retrying || before.untilMs === undefined) return trouble;
  // The event says which limit it is, and its time to the second.
  return { ...trouble, code: before.code, untilMs: before.untilMs };
}

function retrying(event: unknown, nowMs: number): Trouble {
  const types = [textAt(event, "error"), at(event, "error_status") === null ? "transport_lost" : ""];
  const trouble = troubleOf(
    { words: textAt(event, "error"), types, status: numberAt(event, "error_status") },
    nowMs,
    signals,
  );
  return { ...trouble, untilMs: nowMs + numberAt(event, "retry_delay_ms"), retrying: true };
}

/** Said ahead of the result that ends the run. */
function rejected(event: unknown, nowMs: number): Trouble {
  const type = textAt(event, "rate_limit_info", "rateLimitType");
  const resets = numberAt(event, "rate_limit_info", "resetsAt");
  const code = /opus|sonnet|haiku/.test(type) ? "model_limited" : "provider_limited";
  return troubleAs(code, `the ${type} limit is reached`, resets === 0 ? null : bounded(inMs(resets), nowMs));
}

function result(event: unknown, said: Said, nowMs: number): Partial<Said> & { text?: string } {
  const usage = usageOf({
    ...usageIn(event),
    costUsd: at(event, "total_cost_usd") === undefined ? null : numberAt(event, "total_cost_usd"),
  });
  const words = textAt(event, "result");
  const subtype = textAt(event, "subtype");
  if (subtype === "success" && at(event, "is_error") !== true) return { usage, trouble: null, over: true };
  return {
    usage,
    text: words,
    over: true,
    trouble: gaveUp(subtype, words || listAt(event, "errors").join("; "), event, said, nowMs),
  };
}

function gaveUp(subtype: string, words: string, event: unknown, said: Said, nowMs: number): Trouble {
  if (subtype === "error_max_budget_usd") return troubleAs("over_budget", words || "maxCostUsd");
  if (textAt(event, "stop_reason") === "refusal") return troubleAs("refusal", words);
  if (subtype === "error_max_turns") return troubleAs("max_turns", words);
  if (subtype === "error_max_structured_output_retries") return troubleAs("agent_error", words || subtype);
  const trouble = problem({ words: words || subtype, types: [] }, event, nowMs);
  // What was told before explains an end that says less.
  if (trouble.code === "agent_error" && said.trouble && !said.trouble.retrying) return said.trouble;
  return withReset(trouble, said);
}
