/** Incidents that are over as soon as they are known: something was seen that no loop can end. */
import { and, eq, isNotNull, lte } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Incident, incidents } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { clip } from "../lib/text.ts";
import { incidentOpened } from "../webhooks/announce.ts";

/** Of incidents and of eventful ticks so many are kept. */
export const HISTORY_KEPT = 500;

const CAUSE_CHARS = 2_000;

/** Nothing ends what has been pushed: it stands there until a person has read of it. */
export const UNREAD = "what is pushed stays";

/** @returns whether there was one that had not been dismissed yet */
export const dismissIncident = (tx: Tx, id: number, by: string): boolean =>
  tx
    .update(incidents)
    .set({ healedBy: `read by ${by}` })
    .where(and(eq(incidents.id, id), eq(incidents.healedBy, UNREAD)))
    .returning({ id: incidents.id })
    .get() !== undefined;

/** Work came onto a branch of the rig's past its gate: nothing the town does takes it back. */
export function workPastGate(
  tx: Tx,
  { bead, fence, why, isParked = false }: { bead: string; fence: number; why: string; isParked?: boolean },
  { nowMs, news }: Pick<StepContext, "nowMs" | "news">,
): void {
  const cause = clip(`${bead}: ${why}`, CAUSE_CHARS);
  const hint = "Protect the branch, or let the host alone hold what may push there (docs/deploy.md).";
  news?.(`PAST THE GATE: ${cause} ${hint}`);
  const kept = keepIncident(tx, {
    kind: "past_gate",
    openedAtMs: nowMs,
    closedAtMs: nowMs,
    // A bead that is parked for it is read of with that.
    healedBy: isParked ? "its bead was parked" : UNREAD,
    cause,
    hint,
    evidence: { bead, fence },
  });
  incidentOpened(tx, readTown(tx), kept, nowMs);
}

/** One more on record, and the oldest goes, unless it goes on still: then with the first that comes after its end. */
export function keepIncident(tx: Tx, incident: typeof incidents.$inferInsert): Incident {
  const kept = tx.insert(incidents).values(incident).returning().get();
  tx.delete(incidents)
    .where(and(lte(incidents.id, kept.id - HISTORY_KEPT), isNotNull(incidents.closedAtMs)))
    .run();
  return kept;
}
