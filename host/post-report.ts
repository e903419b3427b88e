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

/** Tries once. Never throws. */
export async function postReport(
  reporting: Reporting,
  { bootId, places }: Speaker,
  report: Report,
  signal?: AbortSignal,
): Promise<Delivery> {
  const sentAt = instant();
  const body: ReportsRequest = { protocol: PROTOCOL, bootId, reports: [report], room: places?.room };
  const deadline = AbortSignal.timeout(reportTimeoutMs);
  try {
    const response = await fetch(reporting.url, {
      method: "POST",
      headers: { authorization: `Bearer ${reporting.token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error", // a redirect would carry the token elsewhere
      signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
    });
    return judge(response, await response.text(), report.seq, sentAt);
  } catch (error) {
    return { kind: "failed", why: reasonOf(error), retryAfterMs: 0 };
  }
}

function judge(response: Response, text: string, seq: number, sentAt: Instant): Delivery {
  const { status } = response;
  if (status === 401 || status === 403 || status === 404) return { kind: "unknown_here", why: `HTTP ${status}` };
  const verdict = status === 200 || status === 409 ? verdictOf(text, seq) : null;
  if (verdict === "fenced" || status === 409) return { kind: "fenced" };
  if (verdict) return { kind: "delivered", verdict, sentAt };
  const retryAfterMs = Number(response.headers.get("retry-after")) * 1_000 || 0;
  return { kind: "failed", why: `HTTP ${status}`, retryAfterMs };
}

function verdictOf(text: string, seq: number) {
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
