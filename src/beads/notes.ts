/** Notes on a bead, for people and for its next try. */
import { and, desc, eq, inArray, lte } from "drizzle-orm";
import { actorNow } from "../db/acting.ts";
import type { Tx } from "../db/client.ts";
import { type BeadNote, beadNotes } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { savepoint } from "../db/town-row.ts";
import { clip, messageOf } from "../lib/text.ts";

/** The longest note: a message, and the end of an output. */
export const NOTE_CHARS = 12_000;

/** Something a person, or the next agent, should know of this bead. */
export function note(tx: Tx, beadId: string, kind: BeadNote["kind"], text: string, atMs: number): void {
  tx.insert(beadNotes)
    .values({ beadId, kind, text: clip(text, NOTE_CHARS), atMs, by: actorNow(tx) })
    .run();
}

/**
 * The same, where it goes along with something that counts whether or not a note of it can be written: then a short one, or
 * else a line in the operator's log.
 */
export function remark(tx: Tx, beadId: string, kind: BeadNote["kind"], text: string, ctx: StepContext): void {
  for (const words of [text, "What there was to say could not be written down."]) {
    try {
      savepoint(tx, (inner) => note(inner, beadId, kind, words, ctx.nowMs));
      return;
    } catch (error) {
      ctx.news?.(`a note (${kind}) on ${beadId} could not be written: ${messageOf(error)}`);
    }
  }
}

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

/** What earlier tries came to, as the next one is told: newest last. */
export const lessonsOf = (tx: Tx, beadId: string): BeadNote[] => newest(tx).all({ beadId }).toReversed();

/**
 * The same, as a run was told that began then: of that very moment too, since what a pass notes of an earlier try stands before
 * what it begins.
 */
export const lessonsThen = (tx: Tx, beadId: string, atMs: number): BeadNote[] =>
  tx
    .select()
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, beadId), inArray(beadNotes.kind, LESSONS), lte(beadNotes.atMs, atMs)))
    .orderBy(desc(beadNotes.id))
    .limit(NOTES_SHOWN)
    .all()
    .toReversed();
