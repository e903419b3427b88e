/** Gemini CLI: `gemini --output-format stream-json`. */
import type { Preset } from "./preset.ts";
import { jsonLines, numberAt, textAt, usageOf } from "./said.ts";
import { troubleOf } from "./trouble.ts";

export const gemini: Preset = {
  provider: "google",
  tellsCost: false,
  argv: ({ model, permissions }) => [
    ...["gemini", "--output-format", "stream-json"],
    ...(permissions === "allow" ? ["--yolo"] : ["--approval-mode", "auto_edit"]),
    ...(model === null ? [] : ["--model", model]),
  ],
  acp: ({ model }) => ["gemini", "--acp", ...(model === null ? [] : ["--model", model])],
  exits: {
    41: {
      kind: "auth",
      code: "auth",
      message: "It is not logged in. Log it in on this host, or give it GEMINI_API_KEY.",
    },
    42: { kind: "agent_failed", code: "bad_input", message: "It did not take its arguments or its prompt." },
    53: { kind: "agent_failed", code: "max_turns", message: "The agent used up its turns." },
  },
  read: jsonLines((event, _said, nowMs) => {
    switch (textAt(event, "type")) {
      case "message": {
        const text = textAt(event, "role") === "assistant" ? textAt(event, "content") : "";
        return text === "" ? {} : { text, step: { message: text }, trouble: null };
      }
      case "tool_use": {
        const title = textAt(event, "tool_name");
        return { text: `[${title}]`, step: { tool: { title, status: "in_progress" } }, trouble: null };
      }
      case "tool_result":
        return { step: { tool: { title: textAt(event, "tool_id"), status: textAt(event, "status") } } };
      case "error":
        // A warning is told and gone past; an error stands until something comes of the run all the same.
        if (textAt(event, "severity") === "warning") return { text: textAt(event, "message") };
        return { text: textAt(event, "message"), trouble: troubleOf(textAt(event, "message"), nowMs) };
      case "result": {
        const usage = usageOf({
          inputTokens: numberAt(event, "stats", "input_tokens"),
          outputTokens: numberAt(event, "stats", "output_tokens"),
          cachedTokens: numberAt(event, "stats", "cached"),
        });
        if (textAt(event, "status") !== "error") return { usage, trouble: null };
        const message = textAt(event, "error", "message");
        return { usage, text: message, trouble: troubleOf(message, nowMs) };
      }
      default:
        return {};
    }
  }),
};
