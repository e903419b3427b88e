/** Gemini CLI: `gemini --output-format stream-json`. */
import type { Preset } from "./preset.ts";
import { at, jsonLines, numberAt, type Reader, type Said, textAt, usageOf } from "./said.ts";
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
  argv: ({ model, permissions }) => [
    // Every working copy is a folder that no person has trusted: without this it is given no leave, and ends at once (55).
    ...["gemini", "--output-format", "stream-json", "--skip-trust"],
    ...(permissions === "allow" ? ["--yolo"] : ["--approval-mode", "auto_edit"]),
    ...(model === null ? [] : ["--model", model]),
  ],
  acp: ({ model }) => ["gemini", "--acp", ...(model === null ? [] : ["--model", model])],
  signals,
  waitsUnseen: true,
  exits: {
    41: troubleAs("auth", "it is not logged in, and has no GEMINI_API_KEY"),
    42: { kind: "agent_failed", code: "agent_error", message: "It did not take its arguments or its prompt." },
    44: troubleAs("setup", "its sandbox"),
    52: troubleAs("setup", "its settings"),
    53: troubleAs("max_turns", "maxSessionTurns of its settings"),
    55: troubleAs("untrusted_folder", "GEMINI_CLI_TRUST_WORKSPACE=true, or --skip-trust"),
  },
  read: (said, line, nowMs) => events(retried(said, line, nowMs), line, nowMs),
};

const events: Reader = jsonLines((event, _said, nowMs) => {
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
      if (textAt(event, "status") !== "error") return { usage, trouble: null, over: true };
      const error = errorIn(at(event, "error"), nowMs);
      return { usage, over: true, text: error.words, trouble: troubleOf(error, nowMs, signals) };
    }
    default:
      return {};
  }
});

/** That it waits for its provider and tries again it says on standard error alone, in words. */
const ATTEMPT = /^Attempt \d+ failed(?: with status (\d+))?[:.]/;
const RETRYING = /Retrying after (\d+)ms/;

function retried(said: Said, line: string, nowMs: number): Said {
  const attempt = ATTEMPT.exec(line);
  const waitMs = Number(RETRYING.exec(line)?.[1] ?? 0);
  if (!attempt && (waitMs === 0 || !said.trouble?.retrying)) return said;
  const status = Number(attempt?.[1] ?? 0);
  const trouble = attempt ? troubleOf({ words: line, status }, nowMs, signals) : said.trouble;
  if (!trouble) return said;
  // It tries again only what its provider's doing is, also where its words say otherwise.
  const known = trouble.kind === "agent_failed" ? troubleAs("provider_down", line) : trouble;
  return { ...said, trouble: { ...known, retrying: true, ...(waitMs > 0 && { untilMs: nowMs + waitMs }) } };
}
