import { PROTOCOL } from "../src/protocol/common.ts";
import { type Report, type ReportsRequest, reportsAnswer } from "../src/protocol/reports.ts";
import type { StartRequest } from "../src/protocol/runs.ts";
import { type Instant, instant } from "./clock.ts";
import { reportTimeoutMs } from "./limits.ts";
import type { Speaker } from "./places.ts";

/** Where and as whom to report: the part of a start or merge that says so. */
export type Reporting = StartRequest["reporting"];

/** How one try to deliver a report went. */
export type Delivery =
  | { kind: "delivered"; verdict: "ok" | "duplicate" | "pending"; sentAt: Instant }
  | { kind: "fenced" }
  /** 401, 403, 404: the town does not know this run, or not yet. */
  | { kind: "unknown_here"; why: string }
  | { kind: "failed"; why: string; retryAfterMs: number };

/**
 * Tries once, in one message: through the socket of the town that this host has joined, else over HTTP. Never throws.
 *
 * @param reports of one run, in order: how it went is how it went with the last of them
 */
export async function postReports(
  reporting: Reporting,
  { bootId, places, frames }: Speaker,
  reports: readonly Report[],
  signal?: AbortSignal,
): Promise<Delivery> {
  const sentAt = instant();
  const request: ReportsRequest = { protocol: PROTOCOL, bootId, reports: [...reports], room: places?.room };
  const body = JSON.stringify(request);
  const deadline = AbortSignal.timeout(reportTimeoutMs);
  const either = signal ? AbortSignal.any([deadline, signal]) : deadline;
  try {
    const { url, token } = reporting;
    const answer = await frames?.send(url, { token, body }, either);
    return judge(answer ?? (await overHttp(reporting, body, either)), reports.at(-1)?.seq, sentAt);
  } catch (error) {
    return { kind: "failed", why: reasonOf(error), retryAfterMs: 0 };
  }
}

type Answer = { status: number; body: string; retryAfterMs?: number };

async function overHttp({ url, token }: Reporting, body: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body,
    redirect: "error", // a redirect would carry the token elsewhere
    signal,
  });
  const retryAfterMs = Number(response.headers.get("retry-after")) * 1_000 || 0;
  return { status: response.status, body: await response.text(), retryAfterMs };
}

function judge({ status, body, retryAfterMs = 0 }: Answer, seq: number | undefined, sentAt: Instant): Delivery {
  if (status === 401 || status === 403 || status === 404) return { kind: "unknown_here", why: `HTTP ${status}` };
  const verdict = status === 200 || status === 409 ? verdictOf(body, seq) : null;
  if (verdict === "fenced" || status === 409) return { kind: "fenced" };
  if (verdict) return { kind: "delivered", verdict, sentAt };
  return { kind: "failed", why: `HTTP ${status}`, retryAfterMs };
}

function verdictOf(text: string, seq: number | undefined) {
  try {
    const answer = reportsAnswer.parse(JSON.parse(text));
    return answer.verdicts.find((each) => each.seq === seq)?.verdict ?? null;
  } catch {
    return null; // not the town: a proxy's page, or half an answer
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : null;
  return cause?.code ?? cause?.message ?? error.message;
}
