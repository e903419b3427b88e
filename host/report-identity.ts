import type { Reporting } from "./post-report.ts";
import type { SeqCounter } from "./seq-counter.ts";

/** As whom a run or landing reports to the town, and where. */
export type ReportIdentity = {
  agent: string | null;
  bead: string;
  fence: number;
  reporting: Reporting;
  seq: SeqCounter;
  /** What the town gave its program: the secrets in there are never spoken. */
  env?: Record<string, string>;
};

/** Makes this the next report. Null when the disk is full: what can't be accounted for must not leave. */
export function numbered<Body extends object>({ agent, bead, fence, seq }: ReportIdentity, body: Body) {
  try {
    return { ...body, agent, bead, fence, seq: seq.next() };
  } catch {
    return null;
  }
}
