/** How many requests a token may make. It is counted in each isolate by itself, so it holds a client that has gone astray, and is no quota. */
import type { MiddlewareHandler } from "hono";
import type { Env } from "../dos/env.ts";
import { identityOf } from "./auth.ts";
import { withOwnHeaders } from "./http.ts";
import { problemResponse } from "./problem.ts";

/** A page that watches everything asks some twice a second; a script of a thousand beads is let through in a minute. */
const PER_WINDOW = 1_200;
const WINDOW_MS = 60_000;

/** More tokens than an isolate sees in a minute; the oldest goes. */
const REMEMBERED = 10_000;

interface Window {
  sinceMs: number;
  asked: number;
}

const windows = new Map<string, Window>();

/** @returns how many are left, and when all are again */
export function countAsked(id: string, nowMs: number): { left: number; afterMs: number } {
  const known = windows.get(id);
  const window = known && nowMs - known.sinceMs < WINDOW_MS ? known : { sinceMs: nowMs, asked: 0 };
  window.asked++;
  windows.delete(id);
  windows.set(id, window);
  const [oldest] = windows.keys();
  if (windows.size > REMEMBERED && oldest !== undefined) windows.delete(oldest);
  return { left: PER_WINDOW - window.asked, afterMs: window.sinceMs + WINDOW_MS - nowMs };
}

/** The server's own token is the way in when all else is lost: it is never told to wait. */
export const limited: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  const { actor } = identityOf(c);
  if (actor.type === "operator") return next();
  const { left, afterMs } = countAsked(actor.id, Date.now());
  const seconds = Math.ceil(afterMs / 1_000);
  const headers = {
    "ratelimit-policy": `"token";q=${PER_WINDOW};w=${WINDOW_MS / 1_000}`,
    ratelimit: `"token";r=${Math.max(0, left)};t=${seconds}`,
  };
  if (left < 0) {
    const detail = `This token has asked ${PER_WINDOW} times in a minute.`;
    const hint = `Ask again in ${seconds} s, and less often.`;
    const refused = problemResponse({ status: 429, code: "rate_limited", detail, hint, retryable: true });
    for (const [name, value] of Object.entries({ ...headers, "retry-after": String(seconds) }))
      refused.headers.set(name, value);
    return refused;
  }
  await next();
  if (c.res.status === 101) return;
  const answer = withOwnHeaders(c);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
};
