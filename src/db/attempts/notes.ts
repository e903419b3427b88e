import { and, eq } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { type BeadNote, beadNotes } from "../schema.ts";

/** Something a person, or the next agent, should know of this bead. */
export function note(tx: Tx, beadId: string, kind: BeadNote["kind"], text: string, atMs: number): void {
  tx.insert(beadNotes).values({ beadId, kind, text, atMs }).run();
}

/** The same, unless it stands there already: for what may be said again and again. */
export function noteOnce(tx: Tx, beadId: string, kind: BeadNote["kind"], text: string, atMs: number): void {
  const same = tx
    .select({ id: beadNotes.id })
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, beadId), eq(beadNotes.kind, kind), eq(beadNotes.text, text)))
    .get();
  if (!same) note(tx, beadId, kind, text, atMs);
}
