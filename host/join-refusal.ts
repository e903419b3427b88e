/** Why a town does not let this host in: a failed upgrade gives no reason, so the same address is asked without one. */
import { messageOf, oneLine } from "../src/lib/text.ts";
import { channelProblem } from "../src/protocol/channel.ts";
import { whyPatienceMs } from "./limits.ts";

export interface Refusal {
  why: string;
  /** It is no use to ask again before a person has acted, or before this time. Null: it may be well at any moment. */
  retryAfterMs: number | "person" | null;
}

/** @param address of the channel, over HTTP */
export async function whyRefused(address: string, headers: Record<string, string>): Promise<Refusal> {
  let response: Response;
  try {
    response = await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(whyPatienceMs) });
  } catch (error) {
    return { why: `${address} can't be reached: ${causeOf(error)}`, retryAfterMs: null };
  }
  const problem = channelProblem.safeParse(await response.json().catch(() => null));
  if (response.ok)
    return {
      why: `${address} would let this host in, but no WebSocket to it stands: something in between may not pass it on`,
      retryAfterMs: null,
    };
  if (!problem.success)
    return { why: `${address} answers with status ${response.status}, and not as a town does`, retryAfterMs: null };
  const { code, detail, hint, retryAfterMs } = problem.data;
  const words = oneLine(`${detail}${hint ? ` ${hint}` : ""}`);
  return {
    why: `not let in (${code}): ${words}`,
    retryAfterMs: retryAfterMs ?? (response.status < 500 ? "person" : null),
  };
}

/** What `fetch` says of a network is behind what it says first. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : messageOf(cause ?? error, 300);
}
