/** What an error that a tool hands on from its provider means to the town. */
import type { Trouble } from "./said.ts";

const LIMITED =
  /\b(429|529)\b|rate.?limit|too many requests|quota|usage limit|limit reached|overloaded|resource.?exhausted|credit balance|billing/i;
const SHUT_OUT =
  /\b(401|403)\b|unauthori[sz]ed|authentication.?(failed|error|required)|(invalid|incorrect|missing|no|expired) (bearer|(api.?)?key|token|credential)|api.?key (is )?(not|missing|required|expired)|not logged in|please (run \/?login|log ?in|sign in)/i;
/** Limits that no waiting lifts: were they taken for a provider's, the bead would be tried for ever at no cost. */
const ITS_OWN = /context.?(length|window)|too long|too large|max(imum)?.?(turns|steps|context|tokens)/i;

/** What an error begins with says what it is; what follows may be anything, and as long as it likes. */
const WORDS = 4_000;

/** An error in a tool's own words, with the HTTP status where it tells that. */
export function troubleOf(words: string, nowMs: number, status = 0): Trouble {
  const message = words.slice(0, WORDS);
  if (status === 429 || status === 529 || (status === 0 && LIMITED.test(message) && !ITS_OWN.test(message))) {
    const untilMs = resetIn(message, nowMs);
    const trouble: Trouble = { kind: "provider_limited", code: "provider_limited", message: limited(message) };
    return untilMs === null ? trouble : { ...trouble, untilMs };
  }
  if (status === 401 || status === 403 || (status === 0 && SHUT_OUT.test(message)))
    return { kind: "auth", code: "auth", message: shutOut(message) };
  // A provider that is down takes no more for now either: no try of the bead's is to blame.
  if (status >= 500) return { kind: "provider_limited", code: "provider_down", message: limited(message) };
  return {
    kind: "agent_failed",
    code: "agent_error",
    message: `The agent gave up: ${message || "it did not say why"}`,
  };
}

const limited = (message: string) =>
  `Its provider takes no more for now: ${message}. Wait, raise the provider's limit, or give the agent another account.`;
const shutOut = (message: string) =>
  `It may not use its provider: ${message}. Log it in on this host, or mend the key in its environment.`;

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** `20s`, `1.5 seconds`, `3h12m4s`, `2 days 5 hours`. */
const SPAN =
  /(?:retry|try again|reset(?:s|ting)?|wait|available)[^\d\n]{0,40}?((?:\d+(?:\.\d+)?\s*(?:ms|d(?:ays?)?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])[\s,]*(?:and\s+)?)+)/i;

/** When the provider takes more, if the words say so: a span, a time, or a Unix time behind a bar. */
export function resetIn(message: string, nowMs: number): number | null {
  const stamp = /\|\s*(\d{10,13})\b/.exec(message)?.[1];
  if (stamp) return inMs(Number(stamp));
  const iso = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))/.exec(message)?.[1];
  if (iso) return Date.parse(iso);
  const span = SPAN.exec(message)?.[1] ?? /"retryDelay":\s*"([\d.]+s)"/.exec(message)?.[1];
  if (span) return nowMs + spanMs(span);
  const seconds = /retry.?after["':\s]+(\d+(?:\.\d+)?)/i.exec(message)?.[1];
  return seconds === undefined ? null : nowMs + Number(seconds) * 1_000;
}

function spanMs(span: string): number {
  let ms = 0;
  for (const [, amount, unit = "s"] of span.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[dhms])/gi))
    ms += Number(amount) * (UNIT_MS[unit.toLowerCase()] ?? 1_000);
  return ms;
}

/** Unix time in seconds or in milliseconds: nobody means a date before 2001, or after 5000. */
export const inMs = (stamp: number): number => (stamp < 1e11 ? stamp * 1_000 : stamp);
