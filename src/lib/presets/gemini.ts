/** Gemini CLI: `gemini --output-format stream-json`. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, numberAt, textAt, usageOf } from "./said.ts";
import type { Signals } from "./signals.ts";
import { errorIn } from "./tool-error.ts";
import { troubleAs, troubleOf } from "./trouble.ts";

const signals: Signals = {
  types: {
    fatalturnlimitederror: "max_turns",
    fataluntrustedworkspaceerror: "untrusted_folder",
    fatalconfigerror: "setup",
    fatalsandboxerror: "setup",
    terminalquotaerror: "provider_limited",
    retryablequotaerror: "provider_limited",
    validationrequirederror: "no_access",
  },
  exact: [
    [/set an auth method|invalid auth method|manual authorization is required/i, "auth"],
    [/current folder is not trusted|GEMINI_CLI_TRUST_WORKSPACE/i, "untrusted_folder"],
    [/reached max session turns/i, "max_turns"],
    [/unknown arguments?:|invalid values:/i, "setup"],
  ],
};

export const gemini: Preset = {
  provider: "google",
  tellsCost: false,
  argv: ({ model, permissions }) => [
    ...["gemini", "--output-format", "stream-json"],
    ...(permissions === "allow" ? ["--yolo"] : ["--approval-mode", "auto_edit"]),
    ...(model === null ? [] : ["--model", model]),
  ],
  acp: ({ model }) => ["gemini", "--acp", ...(model === null ? [] : ["--model", model])],
  signals,
  exits: {
    41: troubleAs("auth", "it is not logged in, and has no GEMINI_API_KEY"),
    42: { kind: "agent_failed", code: "agent_error", message: "It did not take its arguments or its prompt." },
    44: troubleAs("setup", "its sandbox"),
    52: troubleAs("setup", "its settings"),
    53: troubleAs("max_turns", "maxSessionTurns of its settings"),
    55: troubleAs("untrusted_folder", "GEMINI_CLI_TRUST_WORKSPACE=true, or --skip-trust"),
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
        return { text: textAt(event, "message"), trouble: troubleOf(errorIn(event, nowMs), nowMs, signals) };
      case "result": {
        const usage = usageOf({
          inputTokens: numberAt(event, "stats", "input_tokens"),
          outputTokens: numberAt(event, "stats", "output_tokens"),
          cachedTokens: numberAt(event, "stats", "cached"),
        });
        if (textAt(event, "status") !== "error") return { usage, trouble: null };
        const error = errorIn(at(event, "error"), nowMs);
        return { usage, text: error.words, trouble: troubleOf(error, nowMs, signals) };
      }
      default:
        return {};
    }
  }),
};
