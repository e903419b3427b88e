/** Codex: `codex exec --json`. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, listAt, numberAt, plus, type Step, textAt, usageOf } from "./said.ts";
import { troubleOf } from "./trouble.ts";

export const codex: Preset = {
  provider: "openai",
  tellsCost: false,
  argv: ({ model, permissions }) => [
    ...["codex", "exec", "--json"],
    ...(permissions === "allow" ? ["--dangerously-bypass-approvals-and-sandbox"] : ["--sandbox", "workspace-write"]),
    ...(model === null ? [] : ["--model", model]),
    "-", // the prompt comes on standard input
  ],
  acp: () => ["codex-acp"],
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
        return { usage: plus(said.usage, usageIn(event)), trouble: null };
      case "turn.failed": {
        const trouble = troubleOf(textAt(event, "error", "message"), nowMs);
        return { trouble, text: textAt(event, "error", "message") };
      }
      // Also said of a connection that it makes again by itself: the turn's end decides.
      case "error":
        return { trouble: troubleOf(textAt(event, "message"), nowMs), text: textAt(event, "message") };
      default:
        return {};
    }
  }),
};

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
