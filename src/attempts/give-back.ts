/**
 * A bead that was parked, since nothing told yet that its failures were its agent's or provider's, is given back as soon as that is
 * known: nobody need ask for it. Once, until a person says something of it: a bead that comes to the same again is to blame.
 */
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { remark } from "../beads/notes.ts";
import { reviveBead } from "../beads/over.ts";
import type { Tx } from "../db/client.ts";
import { type Bead, beadNotes, beads, type Strike } from "../db/schema.ts";
import { atMost } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { earliestTry } from "./pace.ts";

/** How many parked beads that met it are looked through, the newest first. */
const LOOKED_AT = 50;

/** Gives back what is parked for nothing but the troubles of an agent, or of a provider, since a run of it last did well. */
export function giveBackExcused(
  tx: Tx,
  { of, id, wellAtMs, kind }: { of: "agent" | "provider"; id: string; wellAtMs: number; kind: Strike["kind"] },
  ctx: StepContext,
): void {
  const isIts = (strike: Strike) => strike[of] === id && strike.kind === kind && strike.atMs > wellAtMs;
  const parked = tx
    .select()
    .from(beads)
    .where(
      and(
        sql`${beads.status} = 'failed' AND instr(${beads.strikes}, ${JSON.stringify(id)}) > 0`,
        sql`json_extract(${beads.lastFailure}, '$.kind') = ${kind}`,
      ),
    )
    .orderBy(desc(beads.closedAtMs))
    .limit(atMost(LOOKED_AT))
    .all();
  for (const bead of parked) {
    const strikes = (bead.strikes ?? []).map((strike) => (isIts(strike) ? { ...strike, isExcused: true } : strike));
    if (strikes.every(({ isExcused }) => isExcused)) giveBack(tx, bead, `the trouble of ${of} ${id}`, ctx);
    else tx.update(beads).set({ strikes }).where(eq(beads.id, bead.id)).run();
  }
}

/** It is open again, nothing counts against it, and what has not been tried goes first. */
export function giveBack(tx: Tx, bead: Bead, whose: string, ctx: StepContext): void {
  if (wasGivenBack(tx, bead.id)) return;
  reviveBead(tx, bead, earliestTry(tx, bead, ctx.nowMs), ctx.nowMs);
  // Of no day: it is behind others, and none of a day's tries is used up.
  tx.update(beads).set({ unpaidTries: 1, unpaidDay: 0 }).where(eq(beads.id, bead.id)).run();
  remark(tx, bead.id, "given_back", `given back: what it was parked for is found to be ${whose}`, ctx);
  ctx.news?.(`REVIVED ${bead.id}: what it was parked for is found to be ${whose}`);
}

/** And no person has said since that it be tried again. */
const wasGivenBack = (tx: Tx, beadId: string): boolean =>
  tx
    .select({ kind: beadNotes.kind })
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, beadId), inArray(beadNotes.kind, ["given_back", "retried", "reopened"])))
    .orderBy(desc(beadNotes.id))
    .limit(atMost(1))
    .get()?.kind === "given_back";
