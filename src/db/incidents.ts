/** Incidents that are over as soon as they are known: something was seen that no loop can end. */
import { eq } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { type Incident, incidents } from "./schema.ts";

/** Of incidents and of eventful ticks so many are kept. */
export const HISTORY_KEPT = 500;

/** Work came onto a branch of the rig's past its gate: nothing the town does takes it back. */
export function workPastGate(
  tx: Tx,
  { bead, fence, why }: { bead: string; fence: number; why: string },
  nowMs: number,
): void {
  keepIncident(tx, {
    kind: "past_gate",
    openedAtMs: nowMs,
    closedAtMs: nowMs,
    healedBy: "nobody: what is pushed stays",
    cause: `${bead}: ${why}`,
    hint: "Protect the branch, or let the host alone hold what may push there (docs/deploy.md).",
    evidence: { bead, fence },
  });
}

/** One more on record, and the oldest goes. */
export function keepIncident(tx: Tx, incident: typeof incidents.$inferInsert): Incident {
  const kept = tx.insert(incidents).values(incident).returning().get();
  tx.delete(incidents)
    .where(eq(incidents.id, kept.id - HISTORY_KEPT))
    .run();
  return kept;
}
