/** Everything that happened to a bead, newest first: composed of rows that are there anyway, and read a page at a time. */
import { and, desc, eq, lt, lte } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { type Attempt, attempts, type Bead, type BeadNote, beadNotes } from "../db/schema.ts";

export type Moment = { atMs: number } & (
  | { what: "created"; title: string; by: Bead["createdBy"] }
  | { what: "began"; attempt: Attempt }
  | { what: "ended"; attempt: Attempt }
  | { what: "noted"; note: BeadNote }
  | { what: "over"; status: Bead["status"] }
);

/** Where a page ended. Each source only grows at its newer end, so what is older stays where it was. */
export interface Place {
  /** Twice the fence of the next attempt to tell of, one more if its end is still to be told. */
  step: number;
  /** The next note is older than this. */
  note: number;
  /** When the bead came to its end, if that is still to be told. One that came later belongs to an earlier page. */
  over: number | null;
}

export interface Timeline {
  moments: Moment[];
  /** Null: that was all. */
  next: Place | null;
}

/** @throws Refusal 404 */
export function readTimeline(tx: Tx, id: string, limit: number, from: Place | undefined): Timeline {
  const bead = existingBead(tx, id);
  const newest = { step: Number.MAX_SAFE_INTEGER, note: Number.MAX_SAFE_INTEGER, over: bead.closedAtMs };
  const place = from ?? newest;
  const tried = stepsBefore(tx, id, place.step, limit);
  const noted = tx
    .select()
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, id), lt(beadNotes.id, place.note)))
    .orderBy(desc(beadNotes.id))
    .limit(limit)
    .all();
  const moments: Moment[] = [];
  const next = { ...place, over: place.over === bead.closedAtMs ? place.over : null };
  while (moments.length < limit) {
    const [step] = tried;
    const [note] = noted;
    if (next.over !== null && next.over >= Math.max(step?.atMs ?? next.over, note?.atMs ?? next.over)) {
      moments.push({ what: "over", atMs: next.over, status: bead.status });
      next.over = null;
    } else if (step && (!note || isNewer(step, note))) {
      tried.shift();
      next.step = numberOf(step) - 1;
      moments.push(step);
    } else if (note) {
      noted.shift();
      next.note = note.id;
      moments.push({ what: "noted", atMs: note.atMs, note });
    } else {
      moments.push({ what: "created", atMs: bead.createdAtMs, title: bead.title, by: bead.createdBy });
      return { moments, next: null };
    }
  }
  return { moments, next };
}

type Step = Extract<Moment, { attempt: Attempt }>;

const numberOf = ({ what, attempt }: Step): number => 2 * attempt.fence + (what === "ended" ? 1 : 0);

/** In the same moment: a note says why something ended, and what begins begins after it. */
const isNewer = (step: Step, note: BeadNote): boolean =>
  step.atMs > note.atMs || (step.atMs === note.atMs && step.what === "began");

/** A bead's attempts follow one another: each ends before the next begins. */
function stepsBefore(tx: Tx, id: string, from: number, limit: number): Step[] {
  return tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.beadId, id), lte(attempts.fence, Math.floor(from / 2))))
    .orderBy(desc(attempts.fence))
    .limit(limit)
    .all()
    .flatMap((attempt): Step[] => [
      ...(attempt.endedAtMs === null ? [] : [{ what: "ended" as const, atMs: attempt.endedAtMs, attempt }]),
      { what: "began", atMs: attempt.startedAtMs, attempt },
    ])
    .filter((step) => numberOf(step) <= from);
}
