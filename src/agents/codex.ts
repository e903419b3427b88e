/** Codex: `codex exec --json`. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, listAt, numberAt, plus, type Step, type Trouble, textAt, usageOf } from "./said.ts";
import type { Signals } from "./signals.ts";
import { errorIn } from "./tool-error.ts";
import { troubleOf } from "./trouble.ts";

const signals: Signals = {
  exact: [
    [
      /error loading (?:config|configuration)|unknown variant|config\.toml|unexpected argument|invalid value .* for/i,
      "setup",
    ],
    [/access token could not be refreshed|refresh token was (?:revoked|already used)/i, "auth"],
  ],
};

export const codex: Preset = {
  provider: "openai",
  argv: ({ model, permissions }) => [
    ...["codex", "exec", "--json"],
    ...(permissions === "allow" ? ["--dangerously-bypass-approvals-and-sandbox"] : ["--sandbox", "workspace-write"]),
    ...(model === null ? [] : ["--model", model]),
    "-", // the prompt comes on standard input
  ],
  acp: () => ["codex-acp"],
  signals,
  resume: (argv, session) => {
    const takesInput = argv.at(-1) === "-";
    return [...(takesInput ? argv.slice(0, -1) : argv), "resume", session, ...(takesInput ? ["-"] : [])];
  },
  read: jsonLines((event, said, nowMs) => {
    const type = textAt(event, "type");
    switch (type) {
      case "thread.started":
        return { session: textAt(event, "thread_id") };
      case "item.started":
      case "item.updated":
      case "item.completed":
        return item(at(event, "item"), type === "item.completed");
      case "turn.completed":
        return { usage: plus(said.usage, usageIn(event)), trouble: null, over: true };
      case "turn.failed":
        return { ...failed(at(event, "error") ?? event, nowMs), over: true };
      // Also said of a connection that it makes again by itself: the turn's end decides.
      case "error":
        return failed(event, nowMs);
      default:
        return {};
    }
  }),
};

/** It tries again by itself so many times, and says which time it is. */
const RETRIES = /^(?:re-?connecting|retrying)\b.*?\b\d+\/\d+/i;

function failed(what: unknown, nowMs: number): { trouble: Trouble; text: string } {
  const error = errorIn(what, nowMs);
  const trouble = troubleOf(error, nowMs, signals);
  return { trouble: RETRIES.test(error.words) ? { ...trouble, retrying: true } : trouble, text: error.words };
}

const usageIn = (event: unknown) =>
  usageOf({
    inputTokens: numberAt(event, "usage", "input_tokens"),
    outputTokens: numberAt(event, "usage", "output_tokens"),
    cachedTokens: numberAt(event, "usage", "cached_input_tokens"),
  });

function item(it: unknown, over: boolean): { step?: Step; text?: string } {
  const status = over ? "completed" : "in_progress";
  switch (textAt(it, "type")) {
    case "agent_message":
      return over ? { step: { message: textAt(it, "text") }, text: textAt(it, "text") } : {};
    case "command_execution": {
      const title = textAt(it, "command");
      return { step: { tool: { title, status: textAt(it, "status") || status } }, text: over ? `[${title}]` : "" };
    }
    case "file_change":
      return { step: { tool: { title: "file change", status } } };
    case "mcp_tool_call":
      return { step: { tool: { title: textAt(it, "tool"), status } } };
    case "todo_list":
      return {
        step: {
          plan: listAt(it, "items").map((entry) => ({
            text: textAt(entry, "text"),
            status: at(entry, "completed") === true ? "completed" : "pending",
          })),
        },
      };
    default:
      return {};
  }
}
