/** What went wrong with an agent that is spoken to over the Agent Client Protocol. */
import { RequestError } from "@agentclientprotocol/sdk";
import { at, type Trouble, type TroubleCode, textAt } from "../src/agents/said.ts";
import type { Signals } from "../src/agents/signals.ts";
import { errorIn } from "../src/agents/tool-error.ts";
import { troubleAs, troubleOf } from "../src/agents/trouble.ts";

/** How a prompt was answered. */
export type Answer = { stopReason: string; meta: unknown };

/** What the protocol calls an agent that wants to be logged in first. */
export const authRequired = -32_000;

/** Adapters say "Internal error" of every failure, and what it was in the error's data; some use a status as its code. */
export function troubleInError(error: unknown, signals: Signals, nowMs = Date.now()): Trouble {
  if (!(error instanceof RequestError))
    return troubleAs("agent_error", error instanceof Error ? error.message : String(error));
  const { words, ...found } = errorIn({ code: error.code, data: error.data }, nowMs);
  const message = error.message.replace(/^internal error(?:: )?/i, "");
  const said = [...new Set([message, words])].filter((each) => each !== "").join(": ") || error.message;
  const status = found.status || (error.code === authRequired ? 401 : 0);
  return troubleOf({ ...found, words: said, status }, nowMs, signals);
}

/** Claude's and Codex's adapters tell those that ask for it what the protocol has no place for: their failures, and each try again. */
export const clientCapabilities = { _meta: { jetbrains: { air: { version: 1, capabilities: ["sessionFailure"] } } } };

/** By what an adapter calls a failure, where its words are not known. Codex calls a provider that answers with 500 a lost connection. */
const CATEGORIES: Record<string, TroubleCode> = {
  limit: "provider_limited",
  service: "provider_down",
  access: "auth",
};
const RETRY = /^(?:retry|re-?connect)/i;

/** What stands beside an update or an answer: a failure in the adapters' own form, or Codex's error as it came. */
export function troubleInMeta(meta: unknown, signals: Signals, nowMs = Date.now()): Trouble | null {
  const failure = at(meta, "jetbrains", "air", "sessionFailure");
  const error = failure ?? at(meta, "codex", "error");
  if (error === undefined || error === null) return null;
  const isWarning = textAt(failure, "severity") === "warning";
  const isRetry = at(error, "willRetry") === true || (isWarning && RETRY.test(textAt(failure, "title")));
  if (isWarning && !isRetry) return null; // a word of advice
  const trouble = troubleOf(errorIn(error, nowMs), nowMs, signals);
  if (!isRetry) return trouble;
  // What is tried again is its provider's doing, also where its words say otherwise.
  const code = CATEGORIES[textAt(failure, "category")] ?? "provider_down";
  return { ...(trouble.kind === "agent_failed" ? troubleAs(code, textAt(error, "title")) : trouble), retrying: true };
}

const STOPS: Record<string, { code: TroubleCode; words: string }> = {
  max_tokens: { code: "output_limit", words: "its turn ended at its limit of tokens" },
  max_turn_requests: { code: "max_turns", words: "its turn ended at its limit of requests" },
  refusal: { code: "refusal", words: "its turn ended so" },
};

/** An adapter may hand on its provider's limit as a refusal, or as an end like any other: then it says more beside that. */
export function troubleInAnswer({ stopReason, meta }: Answer, signals: Signals, nowMs = Date.now()): Trouble | null {
  const told = troubleInMeta(meta, signals, nowMs);
  if (told && !told.retrying) return told;
  if (stopReason === "end_turn") return null;
  const beside = troubleOf(errorIn(meta, nowMs), nowMs, signals);
  if (beside.kind !== "agent_failed") return beside;
  const { code, words } = STOPS[stopReason] ?? {
    code: "agent_error" as const,
    words: `its turn ended with ${stopReason}`,
  };
  return troubleAs(code, words);
}
