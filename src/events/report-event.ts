import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { hostIsWell } from "../attempts/breaker.ts";
import { isPastLimit, stopPastLimit } from "../attempts/limit.ts";
import { isDisowned } from "../attempts/removal.ts";
import { heardOfRoom } from "../attempts/room.ts";
import { attemptForReport } from "../attempts/settle.ts";
import { endStop } from "../attempts/stop.ts";
import { remark } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, beads } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { type Refusal, refusal } from "../lib/guard.ts";
import type { Report, Verdict } from "../protocol/reports.ts";
import { isSignOfLife, report, spokenBy } from "../protocol/reports.ts";
import { type Room, saidRoom } from "../protocol/room.ts";
import { defineEvent, type EventDef } from "./define.ts";

/** A report as the town keeps it: with the boot of the host that sent it, so that sequence numbers mean something. */
export type Reported<K extends Report["kind"]> = {
  bootId: string;
  report: Extract<Report, { kind: K }>;
  /** What its host says of itself. */
  room?: Room | undefined;
};

const knownAttempt = prepared((tx) =>
  tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.fence, slot("fence")), eq(attempts.beadId, slot<string>("bead"))))
    .prepare(),
);

/**
 * An event that is a run's report. The fence is checked here, once for every kind: a report either speaks for the live
 * attempt (or adopts a released one), or repeats what is known, or is fenced and changes nothing. So is, here too, that it
 * says what its attempt can say: a run never lands, and a landing never finishes.
 */
export function defineReport<Type extends string, K extends Report["kind"]>(
  type: Type,
  kind: K,
  def: {
    /** Does the journal already say just this? Then the report is a duplicate, not an intruder. */
    repeats: (attempt: Attempt, report: Reported<K>["report"], bootId: string) => boolean;
    /** It happened outside, and stands against what was decided here since: true unless a newer attempt began. */
    undeniable?: boolean;
    apply: (tx: Tx, attempt: Attempt, report: Reported<K>["report"], ctx: StepContext, bootId: string) => void;
  },
): EventDef<Type, Reported<K>, Verdict> {
  return defineEvent({
    type,
    payload: z.object({
      bootId: z.string(),
      report: report.refine((r) => r.kind === kind),
      room: saidRoom,
    }) as unknown as z.ZodType<Reported<K>>,
    apply(tx, { bootId, report, room }, ctx): Verdict {
      const known = knownAttempt(tx).get({ fence: report.fence, bead: report.bead });
      if (known && (spokenBy[kind] ?? known.kind) !== known.kind) throw cantSay(known.kind, kind);
      if (known && def.repeats(known, report, bootId)) return "duplicate";
      const attempt =
        known && isDisowned(tx, known)
          ? null
          : (attemptForReport(tx, known, report, ctx) ?? (def.undeniable ? tookPlace(tx, known) : null));
      if (!attempt) {
        if (known) refuseReport(tx, known, report, ctx);
        return "fenced";
      }
      if (isSignOfLife(report) && isPastLimit(attempt, ctx)) {
        stopPastLimit(tx, attempt.fence, ctx);
        return "fenced";
      }
      hostIsWell(tx, attempt, ctx);
      def.apply(tx, attempt, report, ctx, bootId);
      heardOfRoom(tx, attempt.hostId, room, ctx);
      return "ok";
    },
  });
}

/** What a run or a landing is told that reports what only the other one can. Nothing of it is kept. */
export const cantSay = (speaker: Attempt["kind"], kind: Report["kind"]): Refusal =>
  refusal(
    403,
    "wrong_kind",
    `A ${speaker} can't report that it has ${kind}.`,
    "A run reports `finished`, `unchanged` or `failed` at its end, a landing `landed`, `rejected` or `failed`.",
  );

/** Has this very message been heard of a live run? Sequence numbers rise within one boot of the host. */
export const heard = (attempt: Attempt, { seq }: Report, bootId: string): boolean =>
  attempt.state === "running" && attempt.lastBootId === bootId && attempt.lastSeq !== null && seq <= attempt.lastSeq;

/** A landing that was taken back or called off, and was the last word on its bead. */
function tookPlace(tx: Tx, known: Attempt | undefined): Attempt | null {
  if (!known || (known.state !== "released" && known.state !== "stopped")) return null;
  const bead = tx.select().from(beads).where(eq(beads.id, known.beadId)).get();
  return bead?.fence === known.fence ? known : null;
}

/** Refused, and on record once: what a run says at its end is worth knowing even when it counts no more. */
function refuseReport(tx: Tx, known: Attempt, report: Report, ctx: StepContext): void {
  if (isSignOfLife(report)) return;
  // The host speaks its last word when the process is gone: that is what a stop waits for, if it is believed.
  if (known.state === "stopping" && !isDisowned(tx, known)) endStop(tx, known.fence, ctx);
  if (known.refusedAtMs !== null) return;
  tx.update(attempts).set({ refusedAtMs: ctx.nowMs }).where(eq(attempts.fence, known.fence)).run();
  const how = "code" in report ? `${report.kind} (${report.code})` : report.kind;
  const what = "head" in report ? `${report.kind} with ${report.head}` : `${how}: ${report.message}`;
  const text = `Fence ${known.fence}, which was ${known.state}, reported ${what}. It was refused.`;
  remark(tx, known.beadId, "refused_report", text, ctx);
}
