/** OpenCode: `opencode run --format json`, with a plugin of the host's own that says when it waits for its provider. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, numberAt, plus, type Said, type Trouble, textAt, usageOf } from "./said.ts";
import type { Signals } from "./signals.ts";
import { errorIn } from "./tool-error.ts";
import { troubleOf } from "./trouble.ts";

const signals: Signals = {
  exact: [[/free (?:usage|promotion)[^\n]*(?:exceeded|ended)|GoUsageLimitError/i, "provider_limited"]],
  words: [
    [/configuration is invalid|ConfigInvalidError|ConfigJsonError/i, "setup"],
    [/ModelNotFoundError/, "unknown_model"],
  ],
};

export const opencode: Preset = {
  provider: (model) => (model?.includes("/") ? (model.split("/")[0] ?? "opencode") : "opencode"),
  argv: ({ model, permissions }) => [
    ...["opencode", "run", "--format", "json"],
    ...(permissions === "allow" ? ["--auto"] : []),
    ...(model === null ? [] : ["--model", model]),
  ],
  acp: () => ["opencode", "acp"],
  signals,
  read: jsonLines((event, said, nowMs) => {
    switch (textAt(event, "type")) {
      case "text": {
        const text = textAt(event, "part", "text");
        return { text, step: { message: text } };
      }
      case "tool_use": {
        const state = at(event, "part", "state");
        const title = `${textAt(event, "part", "tool")}: ${textAt(state, "title")}`;
        return { text: `[${title}]`, step: { tool: { title, status: textAt(state, "status") } } };
      }
      case "step_finish":
        return { usage: plus(said.usage, usageIn(at(event, "part"))), trouble: null };
      case "error":
      case "session.error":
        return failed(at(event, "error") ?? at(event, "properties", "error"), said.trouble, nowMs);
      case "session.idle":
        return { over: true };
      case "session.status":
        return retryIn(at(event, "properties", "status"), nowMs);
      default:
        return {};
    }
  }),
};

const usageIn = (part: unknown) =>
  usageOf({
    inputTokens:
      numberAt(part, "tokens", "input") +
      numberAt(part, "tokens", "cache", "read") +
      numberAt(part, "tokens", "cache", "write"),
    outputTokens: numberAt(part, "tokens", "output") + numberAt(part, "tokens", "reasoning"),
    cachedTokens: numberAt(part, "tokens", "cache", "read"),
    costUsd: at(part, "cost") === undefined ? null : numberAt(part, "cost"),
  });

/** Its last word on any error of its server's: what was said before says more. */
const ANY_ERROR = /^Unexpected server error\. Check server logs/;

function failed(what: unknown, known: Trouble | null, nowMs: number): Partial<Said> & { text?: string } {
  // The caller that called it off knows.
  if (textAt(what, "name") === "MessageAbortedError") return {};
  const error = errorIn(what, nowMs);
  const message = textAt(what, "data", "message") || textAt(what, "message") || error.words || textAt(what, "name");
  if (known && ANY_ERROR.test(message)) return { text: message };
  return { text: message, trouble: troubleOf({ ...error, words: error.words || message }, nowMs, signals) };
}

/** It waits for its provider by itself, without a word, for as long as that asks: the plugin says so. */
function retryIn(status: unknown, nowMs: number): { trouble?: Trouble; text?: string } {
  if (textAt(status, "type") !== "retry") return {};
  const message = textAt(status, "message");
  const trouble = troubleOf({ words: message }, nowMs, signals);
  // Only what is worth another try is tried again: a provider's doing, also where its words say otherwise.
  const limited = trouble.kind === "provider_limited" ? trouble : troubleOf({ words: message, status: 503 }, nowMs);
  return { text: message, trouble: { ...limited, untilMs: numberAt(status, "next"), retrying: true } };
}
