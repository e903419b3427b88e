/** Claude Code: `claude -p --output-format stream-json`. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, listAt, numberAt, type Said, type Step, type Trouble, textAt, usageOf } from "./said.ts";
import { inMs, troubleOf } from "./trouble.ts";

export const claude: Preset = {
  provider: "anthropic",
  tellsCost: true,
  argv: ({ model, maxCostUsd, permissions }) => [
    ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
    ...(permissions === "allow" ? ["--dangerously-skip-permissions"] : ["--permission-mode", "acceptEdits"]),
    ...(model === null ? [] : ["--model", model]),
    ...(maxCostUsd === null ? [] : ["--max-budget-usd", String(maxCostUsd)]),
  ],
  acp: () => ["claude-agent-acp"],
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
  return {
    step,
    text,
    trouble: error === "" ? null : withReset(troubleOf(`${error}: ${step.message ?? ""}`, nowMs), said),
  };
}

/** The reset is told ahead, in an event of its own. */
function withReset(trouble: Trouble, { trouble: before }: Said): Trouble {
  if (trouble.kind !== before?.kind || trouble.untilMs !== undefined || before.untilMs === undefined) return trouble;
  return { ...trouble, untilMs: before.untilMs };
}

function retrying(event: unknown, nowMs: number): Trouble {
  const trouble = troubleOf(textAt(event, "error"), nowMs, numberAt(event, "error_status"));
  return { ...trouble, untilMs: nowMs + numberAt(event, "retry_delay_ms"), retrying: true };
}

/** Said ahead of the result that ends the run. */
function rejected(event: unknown, nowMs: number): Trouble {
  const resets = numberAt(event, "rate_limit_info", "resetsAt");
  const trouble = troubleOf(`the ${textAt(event, "rate_limit_info", "rateLimitType")} limit is reached`, nowMs, 429);
  return resets === 0 ? trouble : { ...trouble, untilMs: inMs(resets) };
}

function result(event: unknown, said: Said, nowMs: number): Partial<Said> & { text?: string } {
  const cached = numberAt(event, "usage", "cache_read_input_tokens");
  const usage = usageOf({
    inputTokens:
      numberAt(event, "usage", "input_tokens") + numberAt(event, "usage", "cache_creation_input_tokens") + cached,
    outputTokens: numberAt(event, "usage", "output_tokens"),
    cachedTokens: cached,
    costUsd: at(event, "total_cost_usd") === undefined ? null : numberAt(event, "total_cost_usd"),
  });
  const words = textAt(event, "result");
  const subtype = textAt(event, "subtype");
  if (subtype === "success" && at(event, "is_error") !== true) return { usage, trouble: null };
  return { usage, text: words, trouble: gaveUp(subtype, words || listAt(event, "errors").join("; "), said, nowMs) };
}

function gaveUp(subtype: string, words: string, said: Said, nowMs: number): Trouble {
  if (subtype === "error_max_budget_usd")
    return { kind: "agent_failed", code: "over_budget", message: "The agent used up its budget (maxCostUsd)." };
  if (subtype === "error_max_turns")
    return { kind: "agent_failed", code: "max_turns", message: "The agent used up its turns." };
  const trouble = troubleOf(words || subtype, nowMs);
  // A limit that was told before, with its reset, explains an end that says less.
  return said.trouble && !said.trouble.retrying && said.trouble.kind !== "agent_failed" ? said.trouble : trouble;
}
