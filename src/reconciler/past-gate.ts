import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { HISTORY_KEPT } from "../db/incidents.ts";
import { incidents } from "../db/schema.ts";
import type { AttentionItem } from "./attention.ts";

/** Nothing ends it, so it is shown for a while. */
const SHOWN_MS = 7 * 86_400_000;

/** What came past a gate lately, the newest first; where the gate fails on it, its bead is parked besides. */
export function pastGate(tx: Tx, nowMs: number, shown: number): AttentionItem[] {
  const rows = tx
    .select()
    .from(incidents)
    .where(
      and(
        // All that are kept, and no walk through a table to know it.
        gt(incidents.id, sql`(SELECT max(id) FROM incidents) - ${HISTORY_KEPT}`),
        eq(incidents.kind, "past_gate"),
        gt(incidents.openedAtMs, nowMs - SHOWN_MS),
      ),
    )
    .orderBy(desc(incidents.id))
    .limit(shown + 1)
    .all();
  return rows.map(({ id, openedAtMs, cause, hint, evidence }) => ({
    kind: "past_gate",
    sinceMs: openedAtMs,
    what: cause,
    evidence: { incident: id, hint, ...evidence },
    verb: null,
    command: null,
  }));
}
