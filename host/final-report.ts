import type { Report } from "../src/protocol/reports.ts";
import type { Context } from "./context.ts";
import { aboutOf } from "./log.ts";
import type { Outcome } from "./outcomes.ts";
import type { Reporting } from "./post-report.ts";
import type { MergeRecord, RecordBook, RunRecord } from "./records.ts";

type Owner = { agent: string | null; bead: string; fence: number };

/** Makes an outcome the numbered last report of a run or landing. */
export function lastReport(owner: Owner, outcome: Outcome, seq: number): Report {
  const { agent, bead, fence } = owner;
  return { ...outcome, agent, bead, fence, seq } as Report;
}

/**
 * Sends a record's outcome until the town has it, and marks the record settled. The record is on disk by now, so that
 * after a restart this is simply called again.
 *
 * @returns whether the town took it
 */
export async function deliverOutcome<T extends RunRecord | MergeRecord>(
  context: Context,
  book: RecordBook<T>,
  record: T,
  reporting: Reporting,
  ahead: Promise<readonly Report[]> = Promise.resolve([]),
): Promise<boolean> {
  if (!record.outcome || record.settled) return false;
  const sinceMs = record.outcomeAtMs ?? Date.now();
  const fate = await context.outbox.send({ town: record.town, reporting, report: record.outcome, sinceMs }, ahead);
  if (fate === "closed") return false;
  record.settled = true;
  try {
    book.save(record);
  } catch (error) {
    // The town will hear it once more after a restart, and knows it then.
    context.log(`cannot write its record: ${error}`, { level: "warn", ...aboutOf(record) });
  }
  return fate === "delivered";
}
