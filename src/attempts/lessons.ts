/** What earlier tries at a bead came to, as its next one is told. */
import { and, desc, eq, inArray } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type BeadNote, beadNotes } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";

/** The notes that tell an agent what went wrong; the others are the operators' business. */
const LESSONS: BeadNote["kind"][] = ["conflict", "gate_failed", "past_gate", "declined", "agent_failed", "stalled"];

/** How many notes of earlier tries an agent is shown: enough to learn from, too few to drown the task. */
const NOTES_SHOWN = 5;

const newest = prepared((tx) =>
  tx
    .select()
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, slot<string>("beadId")), inArray(beadNotes.kind, LESSONS)))
    .orderBy(desc(beadNotes.id))
    .limit(atMost(NOTES_SHOWN))
    .prepare(),
);

/** Newest last. */
export const lessonsOf = (tx: Tx, beadId: string): BeadNote[] => newest(tx).all({ beadId }).toReversed();
