/** What went wrong with an agent that is spoken to over the Agent Client Protocol. */
import { RequestError } from "@agentclientprotocol/sdk";
import type { Trouble, TroubleCode } from "../src/lib/presets/said.ts";
import type { Signals } from "../src/lib/presets/signals.ts";
import { errorIn } from "../src/lib/presets/tool-error.ts";
import { troubleAs, troubleOf } from "../src/lib/presets/trouble.ts";

/** How a prompt was answered. */
export type Answer = { stopReason: string; meta: unknown };

/** What the protocol calls an agent that wants to be logged in first. */
export const authRequired = -32_000;

/** Adapters say "Internal error" of whatever it was, and what it was in the error's data; some use a status as its code. */
export function troubleInError(error: unknown, signals: Signals, nowMs = Date.now()): Trouble {
  if (!(error instanceof RequestError))
    return troubleAs("agent_error", error instanceof Error ? error.message : String(error));
  const { words, ...found } = errorIn({ code: error.code, data: error.data }, nowMs);
  const message = error.message.replace(/^internal error(?:: )?/i, "");
  const said = [...new Set([message, words])].filter((each) => each !== "").join(": ") || error.message;
  const status = found.status || (error.code === authRequired ? 401 : 0);
  return troubleOf({ ...found, words: said, status }, nowMs, signals);
}

const STOPS: Record<string, { code: TroubleCode; words: string }> = {
  max_tokens: { code: "output_limit", words: "its turn ended at its limit of tokens" },
  max_turn_requests: { code: "max_turns", words: "its turn ended at its limit of requests" },
  refusal: { code: "refusal", words: "its turn ended so" },
};

/** An adapter may hand on its provider's limit as a refusal: then it says more beside that. */
export function troubleInStop({ stopReason, meta }: Answer, signals: Signals, nowMs = Date.now()): Trouble {
  const beside = troubleOf(errorIn(meta, nowMs), nowMs, signals);
  if (beside.kind !== "agent_failed") return beside;
  const { code, words } = STOPS[stopReason] ?? {
    code: "agent_error" as const,
    words: `its turn ended with ${stopReason}`,
  };
  return troubleAs(code, words);
}
