/** OpenCode: `opencode run --format json`, with a plugin of the host's own that says when it waits for its provider. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, numberAt, plus, type Said, type Trouble, textAt, usageOf } from "./said.ts";
import { resetIn, troubleOf } from "./trouble.ts";

export const opencode: Preset = {
  provider: (model) => (model?.includes("/") ? (model.split("/")[0] ?? "opencode") : "opencode"),
  tellsCost: true,
  argv: ({ model, permissions }) => [
    ...["opencode", "run", "--format", "json"],
    ...(permissions === "allow" ? ["--auto"] : []),
    ...(model === null ? [] : ["--model", model]),
  ],
  acp: () => ["opencode", "acp"],
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
        return errorIn(at(event, "error") ?? at(event, "properties", "error"), nowMs);
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

function errorIn(error: unknown, nowMs: number): Partial<Said> & { text?: string } {
  // Whoever called it off knows.
  if (textAt(error, "name") === "MessageAbortedError") return {};
  const message = textAt(error, "data", "message") || textAt(error, "message") || textAt(error, "name");
  const trouble = troubleOf(message, nowMs, numberAt(error, "data", "statusCode"));
  const header = textAt(error, "data", "responseHeaders", "retry-after");
  const untilMs = header === "" ? null : resetIn(`retry-after: ${header}`, nowMs);
  return { text: message, trouble: untilMs === null ? trouble : { ...trouble, untilMs } };
}

/** It waits for its provider by itself, without a word, for as long as that asks: the plugin says so. */
function retryIn(status: unknown, nowMs: number): { trouble?: Trouble; text?: string } {
  if (textAt(status, "type") !== "retry") return {};
  const message = textAt(status, "message");
  const trouble = troubleOf(message, nowMs);
  // Only what is worth another try is tried again: a provider's doing, whatever its words.
  const limited = trouble.kind === "provider_limited" ? trouble : troubleOf(message, nowMs, 503);
  return { text: message, trouble: { ...limited, untilMs: numberAt(status, "next"), retrying: true } };
}
