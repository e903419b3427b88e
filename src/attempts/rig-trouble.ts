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
import { quoted } from "../lib/text.ts";
import { isRemoteAway, isRemotes, isRigsTrouble, rigWaitMs, TRANSFERS } from "./policy.ts";

const BEADS_KEPT = 10;

type Which = "landingTrouble" | "pushTrouble";

/** Landings meet the default branch and the gate; runs push branches of their own. */
const whichOf = ({ kind }: Attempt): Which => (kind === "landing" ? "landingTrouble" : "pushTrouble");

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
  const times = (before?.times ?? 0) + (isShut ? 0 : 1);
  const worse = before && weightOf(before.failure) > weightOf(failure) ? before.failure : failure;
  const waitMs = rigWaitMs(worse, times);
  const trouble: RigTrouble = {
    failure: worse,
    sinceMs: before?.sinceMs ?? nowMs,
    times,
    fence: Math.max(attempt.fence, before?.fence ?? 0),
    beads: [...(before?.beads ?? []).filter((id) => id !== attempt.beadId), attempt.beadId].slice(-BEADS_KEPT),
    landsOn,
    untilMs: isShut ? before.untilMs : waitMs === null ? null : nowMs + waitMs,
  };
  setTrouble(tx, rig, { [which]: trouble }, ctx);
}

/**
 * What a person must mend is not mended by a network that fails; and a host that refuses tells nothing of a remote that was out of
 * reach.
 */
const weightOf = (failure: Failure): number => (isRigsTrouble(failure) ? 2 : isRemoteAway(failure) ? 1 : 0);

/**
 * What was proved by an attempt: the remote was reached before its agent began, its branch was taken, its merge could be judged, its
 * gate told good from bad, it is landed.
 */
export type Proof = "begun" | "pushed" | "merged" | "judged" | "landed";

/** Something begun after the last failure got past what the rig was in trouble with. */
export function rigIsWell(tx: Tx, attempt: Attempt, proof: Proof, ctx: StepContext): void {
  if (readTown(tx).rigTroubles === 0) return;
  const rig = theRig(tx).get({ id: attempt.rigId });
  if (!rig) return;
  const landsOn = theBead(tx).get({ id: attempt.beadId })?.landsOn ?? null;
  const own = whichOf(attempt);
  const over = (["landingTrouble", "pushTrouble"] as const).filter((which) => {
    const trouble = rig[which];
    if (!trouble || attempt.fence <= trouble.fence) return false;
    // Whoever reached the remote since has reached it for all.
    if (isRemoteAway(trouble.failure) && attempt.startedAtMs >= trouble.failure.atMs) return true;
    return which === own && getsPast(trouble, proof) && (which === "pushTrouble" || landsOn === trouble.landsOn);
  });
  endTroubles(tx, rig, over, ctx);
}

function getsPast(trouble: RigTrouble, proof: Proof): boolean {
  if (proof === "begun") return false;
  return proof === "landed" || proof === "pushed" || !isRigsTrouble(trouble.failure) || isGates(trouble, proof);
}

const isGates = ({ failure }: RigTrouble, proof: Proof): boolean =>
  proof === "judged" && failure.code.startsWith("gate_");

/** A host has looked at the rig's URL, and found it there. */
export const remoteIsThere = (tx: Tx, rig: Rig, ctx: StepContext): Rig =>
  endTroubles(
    tx,
    rig,
    (["landingTrouble", "pushTrouble"] as const).filter((which) => awayOf(rig[which])),
    ctx,
  );

const awayOf = (trouble: RigTrouble | null): boolean => trouble !== null && isRemoteAway(trouble.failure);

/** What waited for it is tried at once. Too few failures to wait for have held up nobody. */
function endTroubles(tx: Tx, rig: Rig, which: readonly Which[], ctx: StepContext): Rig {
  if (which.length === 0) return rig;
  if (which.some((each) => ofAll(rig[each]))) {
    freeBeads(tx, rig, ctx);
    // What proved it may be a sign of life, whose pass plans nothing else.
    ctx.moreToPlan?.();
  }
  return setTrouble(tx, rig, Object.fromEntries(which.map((each) => [each, null])), ctx);
}

/** A person says that it is mended, or has changed what it was in trouble with: tried at once, as if nothing had been. */
export function forgetTrouble(tx: Tx, rig: Rig, which: readonly Which[], ctx: StepContext): Rig {
  const gone = which.filter((each) => rig[each] !== null);
  if (gone.length === 0) return rig;
  freeBeads(tx, rig, ctx);
  return setTrouble(tx, rig, Object.fromEntries(gone.map((each) => [each, null])), ctx);
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

/** What may still be alive on a host out of reach is waited for, whoever says that all is well. */
export const doubtUntil = (nowMs: number) =>
  sql`SELECT a.lease_until_ms FROM attempts a WHERE a.fence = ${beads.fence} AND a.state = 'released' AND a.lease_until_ms > ${nowMs}`;

/** What a person is told of it; null: nothing. Too few failures to wait for are nobody's business yet. */
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
  const count = (of: Rig) => Number(of.landingTrouble !== null || of.pushTrouble !== null);
  const more = count(after) - count(rig);
  const [was, is] = [toldOf(rig), toldOf(after)];
  if (!was && is) news?.(`TROUBLED rig ${rig.id}: ${quoted(is.failure.message)}`);
  if (was && !is) news?.(`MENDED rig ${rig.id}`);
  if (more !== 0) changeTown(tx, { rigTroubles: readTown(tx).rigTroubles + more });
  tx.update(rigs).set(change).where(eq(rigs.id, rig.id)).run();
  return after;
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
