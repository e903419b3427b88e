import type { Tx } from "../db/client.ts";
import { type BeadNote, beadNotes } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { savepoint } from "../db/town-row.ts";
import { clip, messageOf } from "../lib/text.ts";

/** The longest note: a message, and the end of an output. */
export const NOTE_CHARS = 12_000;

/** Something a person, or the next agent, should know of this bead. */
export function note(tx: Tx, beadId: string, kind: BeadNote["kind"], text: string, atMs: number): void {
  tx.insert(beadNotes)
    .values({ beadId, kind, text: clip(text, NOTE_CHARS), atMs })
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
