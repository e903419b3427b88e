import type { HostAnswer } from "../src/protocol/common.ts";

/** An HTTP answer to a start, merge or stop. A null body is the drill's broken answer. */
export type Answer = { status: 200 | 202 | 404 | 409 | 500; body: HostAnswer | null };

export function taken(bootId: string): Answer {
  return { status: 202, body: { accepted: true, bootId } };
}

/** The fence is known: what it asked for has been begun, is under way or over. */
export function known(bootId: string): Answer {
  return { status: 200, body: { accepted: true, bootId } };
}

/** What was meant is not here any more, or not yet. */
export function gone(bootId: string, message: string): Answer {
  return { status: 404, body: { accepted: false, bootId, code: "gone", message } };
}

export function refused(bootId: string, code: string, message: string, retryAfterMs?: number): Answer {
  const body: HostAnswer = { accepted: false, bootId, code, message };
  if (retryAfterMs !== undefined) body.retryAfterMs = retryAfterMs;
  return { status: 409, body };
}
