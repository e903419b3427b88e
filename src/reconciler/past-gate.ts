import { and, desc, eq, gt } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { incidents } from "../db/schema.ts";
import type { AttentionItem } from "./attention.ts";

/** Nothing ends it, so it is shown for a while. */
const SHOWN_MS = 7 * 86_400_000;

/** What came past a gate lately, the newest first; where the gate fails on it, its bead is parked besides. */
export function pastGate(tx: Tx, nowMs: number, shown: number): AttentionItem[] {
  const rows = tx
    .select()
    .from(incidents)
    .where(and(eq(incidents.kind, "past_gate"), gt(incidents.openedAtMs, nowMs - SHOWN_MS)))
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
