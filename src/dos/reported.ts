/** What a host reports, as the pass takes it; and what it is told of it. */
import { factTypeOf } from "../events/index.ts";
import type { Report, ReportsRequest, Verdict } from "../protocol/reports.ts";
import type { Fact, Outcome } from "../reconciler/ingest.ts";

export const factOf = (bootId: string, report: Report, room: ReportsRequest["room"]): Fact =>
  ({ type: factTypeOf[report.kind], payload: { bootId, report, ...(room && { room }) } }) as Fact;

export function verdictOf(outcome: Outcome | undefined): Verdict {
  if (outcome?.status === "applied") return outcome.result as Verdict;
  return outcome?.status === "refused" ? "fenced" : "pending";
}
