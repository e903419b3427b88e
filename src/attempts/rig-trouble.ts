/**
 * What keeps all work of one rig from getting where it goes: its remote can't be reached or declines the place, its gate can't
 * pass, or its landings come to nothing again and again. Landings wait for the one, runs for the other; other rigs for neither.
 */
import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theBead, theRig } from "../db/existing.ts";
import {
  type Attempt,
  attempts,
  type Bead,
  beads,
  type Failure,
  inTrouble,
  type Rig,
  type RigTrouble,
  rigs,
} from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { inShellWords } from "../lib/terminal.ts";
import { quoted } from "../lib/text.ts";
import { isRemoteAway, isRemotes, isRigsTrouble, rigWaitMs, TRANSFERS, timesUntilWait } from "./policy.ts";
import { waitingIn } from "./rig-waits.ts";
import { wordsOf } from "./rig-words.ts";

const BEADS_KEPT = 10;

export type Which = "landingTrouble" | "pushTrouble";
const whiches: readonly Which[] = ["landingTrouble", "pushTrouble"];

/** What it is in trouble with, one or both. */
export const troublesOf = (rig: Pick<Rig, Which>): [Which, RigTrouble][] =>
  whiches.flatMap((which) => (rig[which] === null ? [] : [[which, rig[which]]]));

/** Landings meet the default branch and the gate; runs push branches of their own. */
export const whichOf = ({ kind }: Attempt): Which => (kind === "landing" ? "landingTrouble" : "pushTrouble");

/** A landing came to nothing, or a run did not get what it needs of its remote, or its branch there. */
export function troubleRig(tx: Tx, attempt: Attempt, failure: Failure, ctx: StepContext): void {
  const { nowMs } = ctx;
  const rig = theRig(tx).get({ id: attempt.rigId });
  if (!rig) return;
  const which = whichOf(attempt);
  const before = rig[which];
  const landsOn = theBead(tx).get({ id: attempt.beadId })?.landsOn ?? null;
  // Those that were under way when it began say nothing new.
  const isShut = before?.untilMs != null && nowMs < before.untilMs;
  const rests = before?.rests ?? null;
  if (rests === "asked" && before && attempt.fence <= before.restsFence) return;
  const isWorse = before && rests !== "asked" && weightOf(before.failure) > weightOf(failure);
  const worse = isWorse ? before.failure : failure;
  const more = isShut ? 0 : 1;
  const again = (before?.waits ?? 0) + more;
  // It was known already, and is there still: that need not be found out anew.
  const isKnown = rests !== null && (isRigsTrouble(failure) || isRemotes(failure));
  const waits = isKnown ? Math.max(again, timesUntilWait(worse)) : again;
  const waitMs = rigWaitMs(worse, waits);
  const untilMs = isShut ? before.untilMs : waitMs === null ? null : nowMs + waitMs;
  const trouble: RigTrouble = {
    failure: worse,
    sinceMs: before?.sinceMs ?? nowMs,
    times: (before?.times ?? 0) + more,
    waits,
    fence: Math.max(attempt.fence, before?.fence ?? 0),
    beads: [...(before?.beads ?? []).filter((id) => id !== attempt.beadId), attempt.beadId].slice(-BEADS_KEPT),
    landsOn,
    untilMs,
    rests: untilMs === null ? rests : null,
    restsFence: before?.restsFence ?? 0,
  };
  setTrouble(tx, rig, { [which]: trouble }, ctx);
}

/** A host that only looked has found something wrong. No bead waits for that: what is begun next finds out, before it costs anything. */
export function troubleSeen(tx: Tx, rig: Rig, which: Which, failure: Failure, ctx: StepContext): Rig {
  if (!isRigsTrouble(failure) && !isRemoteAway(failure)) return rig;
  const before = rig[which];
  if (before && !isRemotes(before.failure) && !isRigsTrouble(before.failure)) return rig;
  const fence = readTown(tx).lastFence;
  const seen = {
    sinceMs: ctx.nowMs,
    times: 0,
    waits: 0,
    fence,
    beads: [],
    landsOn: null,
    untilMs: null,
    rests: "idle" as const,
    restsFence: fence,
  };
  return setTrouble(tx, rig, { [which]: { ...seen, ...before, failure } }, ctx);
}

/**
 * What a person must mend is not mended by a network that fails; and a host that refuses tells nothing of a remote that was out of
 * reach.
 */
const weightOf = (failure: Failure): number => (isRigsTrouble(failure) ? 2 : isRemoteAway(failure) ? 1 : 0);

/** It is known to be well again: what waited for it is tried at once. Too few failures to wait for have held up no bead. */
export function endTroubles(tx: Tx, rig: Rig, which: readonly Which[], ctx: StepContext): Rig {
  if (which.length === 0) return rig;
  if (which.some((each) => ofAll(rig[each]))) {
    freeBeads(tx, rig, ctx);
    // What proved it may be a sign of life, whose pass plans nothing else.
    ctx.moreToPlan?.();
  } else if (rig.landingsAtOnce > 1 && which.some((each) => isTriedFirst(rig[each]))) ctx.moreToPlan?.();
  return setTrouble(tx, rig, Object.fromEntries(which.map((each) => [each, null])), ctx);
}

/**
 * A person says that it is mended, or has changed what it was in trouble with: tried at once. Whether it is mended, what is tried
 * will tell.
 */
export function tryTroubles(tx: Tx, rig: Rig, which: readonly Which[], ctx: StepContext): Rig {
  const left = troublesOf(rig).filter(([each]) => which.includes(each));
  if (left.length === 0) return rig;
  // Where nothing waits for it nothing is tried, and the operator's word is all there is.
  const tried = left.map(([each, trouble]) => [each, isOpen(trouble) ? atRest(tx, trouble, "asked") : null]);
  freeBeads(tx, rig, ctx);
  return setTrouble(tx, rig, Object.fromEntries(tried), ctx);
}

const atRest = (tx: Tx, trouble: RigTrouble, rests: NonNullable<RigTrouble["rests"]>): RigTrouble => ({
  ...trouble,
  waits: 0,
  untilMs: null,
  rests,
  restsFence: readTown(tx).lastFence,
});

/** Where nothing waits for it any more, a trouble is not told, until something does. */
export function restUnusedTroubles(tx: Tx, ctx: StepContext): void {
  for (const { id, ...troubles } of troubledRigs(tx)) {
    const open = troublesOf(troubles).filter(([, trouble]) => isOpen(trouble));
    if (open.length === 0) continue;
    const { runs, landings } = waitingIn(tx, id);
    const unused = open.filter(([which]) => (which === "pushTrouble" ? runs : landings) === 0);
    const rig = unused.length > 0 ? theRig(tx).get({ id }) : undefined;
    const idle = unused.map(([which, trouble]) => [which, atRest(tx, trouble, "idle")]);
    if (rig) setTrouble(tx, rig, Object.fromEntries(idle), ctx);
  }
}

/** What counts against beads for the rig's sake, and what they wait for because of it. */
function freeBeads(tx: Tx, { id }: Rig, { nowMs }: StepContext): void {
  tx.update(beads)
    .set({ dispatchFailures: 0, notBeforeMs: sql`coalesce((${doubtUntil(nowMs)}), 0)` })
    .where(
      and(
        sql`${beads.notBeforeMs} > 0 AND ${beads.status} IN ('open', 'in_progress', 'in_review')`,
        eq(beads.rigId, id),
        sql`(${beads.status} = 'in_review' OR json_extract(${beads.lastFailure}, '$.kind') = 'rig_trouble'
          OR json_extract(${beads.lastFailure}, '$.code') IN ${[...TRANSFERS]})`,
      ),
    )
    .run();
}

/** What may still be alive on a host out of reach is waited for, also where an operator says that all is well. */
export const doubtUntil = (nowMs: number) =>
  sql`SELECT a.lease_until_ms FROM attempts a WHERE a.fence = ${beads.fence} AND a.state = 'released' AND a.lease_until_ms > ${nowMs}`;

/** What a person is told of it; null: nothing. Too few failures to wait for are not told yet. */
export const toldOf = ({ landingTrouble, pushTrouble }: Pick<Rig, Which>): RigTrouble | null =>
  ofAll(pushTrouble) ?? ofAll(landingTrouble);

/** Whether a bead comes to nothing because of what is told of its rig. */
export function isRigsOwn(tx: Tx, { rigId, status, lastFailure }: Bead): boolean {
  const isOfRig =
    status === "in_review" || (lastFailure !== null && (isRigsTrouble(lastFailure) || isRemotes(lastFailure)));
  const rig = isOfRig && readTown(tx).rigTroubles > 0 ? theRig(tx).get({ id: rigId }) : undefined;
  return rig !== undefined && toldOf(rig) !== null;
}

function setTrouble(tx: Tx, rig: Rig, change: Partial<Pick<Rig, Which>>, { news }: StepContext): Rig {
  const after = { ...rig, ...change };
  const isIn = (of: Rig) => whiches.some((which) => of[which] !== null);
  const more = Number(isIn(after)) - Number(isIn(rig));
  const line = newsOf(rig, after);
  if (line) news?.(line);
  if (more !== 0) changeTown(tx, { rigTroubles: readTown(tx).rigTroubles + more });
  tx.update(rigs).set(change).where(eq(rigs.id, rig.id)).run();
  return after;
}

/** A line when it begins to be told of, and one when it is over: not when an operator asks to try. */
function newsOf(before: Rig, after: Rig): string | null {
  const [was, is] = [before, after].map((rig) => whiches.some((which) => isOpen(rig[which])));
  const told = toldOf(after);
  if (!was && told) {
    const { words, remedy } = wordsOf(told.failure);
    return `TROUBLED rig ${after.id}: ${quoted(words)}${remedy ? ` ${inShellWords(remedy)}` : ""}`;
  }
  if (!was || is) return null;
  const isMended = whiches.every((which) => !after[which]?.rests);
  return isMended
    ? `MENDED rig ${after.id}`
    : `NO LONGER WAITED FOR: nothing of rig ${after.id} waits for what is wrong`;
}

const troubled = prepared((tx) =>
  tx
    .select({ id: rigs.id, landingTrouble: rigs.landingTrouble, pushTrouble: rigs.pushTrouble })
    .from(rigs)
    .where(inTrouble(rigs))
    .orderBy(rigs.id)
    .prepare(),
);

/** The clock has gone back: what is tried then is tried as much sooner. */
export function setTroublesBack(tx: Tx, byMs: number): void {
  const earlier = (trouble: RigTrouble | null): RigTrouble | null =>
    trouble?.untilMs != null ? { ...trouble, untilMs: trouble.untilMs - byMs } : trouble;
  for (const { id, landingTrouble, pushTrouble } of troubledRigs(tx))
    tx.update(rigs)
      .set({ landingTrouble: earlier(landingTrouble), pushTrouble: earlier(pushTrouble) })
      .where(eq(rigs.id, id))
      .run();
}

/** The rigs in trouble. Where there is none, which the town's row says, no row is read. */
export const troubledRigs = (tx: Tx) => (readTown(tx).rigTroubles === 0 ? [] : troubled(tx).all());

/** Until when this bead may not land, if it may not. One that can't land is its own trouble, not its neighbours'. */
export function landingBar(trouble: RigTrouble | null, beadId: string, nowMs: number): number | null {
  if (trouble?.untilMs == null || trouble.untilMs <= nowMs) return null;
  return concernsAll(trouble) || trouble.beads.includes(beadId) ? trouble.untilMs : null;
}

/** What a person must mend, a remote that is away, and what several beads have met again and again. */
const concernsAll = ({ failure, beads: met, untilMs }: RigTrouble): boolean =>
  untilMs !== null && (isRigsTrouble(failure) || isRemoteAway(failure) || met.length > 1);

/** As it is, if all work of its kind waits for it. */
export const ofAll = (trouble: RigTrouble | null): RigTrouble | null =>
  trouble && concernsAll(trouble) ? trouble : null;

/** A person was told of it, and nothing has told since that it is over. */
const isOpen = (trouble: RigTrouble | null): boolean => trouble?.rests === "asked" || ofAll(trouble) !== null;

/** Whether one alone is to tell whether it is over, also where nothing waits for that. */
export const isTriedFirst = (trouble: RigTrouble | null): boolean =>
  trouble !== null && (trouble.rests !== null || ofAll(trouble) !== null);

/** Whether a run of the rig is tried out by a push, before its agent spends anything. */
export const pushesFirst = ({ pushTrouble }: Pick<Rig, Which>): boolean => isTriedFirst(pushTrouble);

const triesSince = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(
      and(
        sql`${attempts.fence} > ${slot("fence")} AND ${attempts.kind} = 'run'`,
        eq(attempts.rigId, slot<string>("rigId")),
        isLive,
      ),
    )
    .limit(atMost(1))
    .prepare(),
);

/** How many runs of the rig may begin as far as its pushes are concerned: none while it waits, then one that tries. */
export function pushesLeft(tx: Tx, rigId: string, trouble: RigTrouble, nowMs: number): number {
  if (trouble.untilMs !== null && nowMs < trouble.untilMs) return 0;
  return triesSince(tx).get({ rigId, fence: trouble.fence }) ? 0 : 1;
}
