/** What proves that a rig is well again: work that got past its trouble, or a host that has looked. */
import type { Tx } from "../db/client.ts";
import { theBead, theRig } from "../db/existing.ts";
import type { Attempt, Failure, Rig, RigTrouble } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { isRemoteAway, isRemotes, isRigsTrouble, TRANSFERS } from "./policy.ts";
import { endTroubles, pushesFirst, troublesOf, type Which, whichOf } from "./rig-trouble.ts";

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
  const over = troublesOf(rig).flatMap(([which, trouble]) => {
    if (attempt.fence <= trouble.fence) return [];
    if (provesRemote(trouble, attempt, proof)) return which;
    const isSame = which === "pushTrouble" || landsOn === trouble.landsOn;
    return which === own && isSame && getsPast(rig, trouble, attempt, proof) ? which : [];
  });
  endTroubles(tx, rig, over, ctx);
}

/** An attempt that reached the remote since has reached it for all, and so has one that pushed. */
function provesRemote({ failure }: RigTrouble, { startedAtMs }: Attempt, proof: Proof): boolean {
  if (startedAtMs < failure.atMs) return false;
  return isRemoteAway(failure) || (isPushLost(failure) && (proof === "pushed" || proof === "landed"));
}

const isPushLost = (failure: Failure): boolean => isRemotes(failure) && failure.code === "push_failed";

function getsPast(rig: Rig, trouble: RigTrouble, attempt: Attempt, proof: Proof): boolean {
  if (proof === "begun") return pushedFirst(rig, trouble, attempt);
  return proof === "landed" || proof === "pushed" || !isRigsTrouble(trouble.failure) || isGates(trouble, proof);
}

/**
 * Asked for while its rig was in trouble, its host has pushed its branch before its agent began: so the remote is there. Whether it takes
 * what an agent makes, an unsigned commit for one, shows at the end.
 */
const pushedFirst = (rig: Rig, { failure }: RigTrouble, { kind, startedAtMs }: Attempt): boolean =>
  kind === "run" && pushesFirst(rig) && startedAtMs > failure.atMs && isPushLost(failure);

const isGates = ({ failure }: RigTrouble, proof: Proof): boolean =>
  proof === "judged" && failure.code.startsWith("gate_");

/** What a host that looked has found well: it could read from the remote, and branches were taken there. */
export interface Seen {
  isRead: boolean;
  hasBranch: boolean;
  isPushed: boolean;
}

/** A remote of which these are said could not be read, or had no such branch. */
const READS: ReadonlySet<string> = new Set(["gone"]);
/** They keep a host from any branch, or are looked for along with its push. */
const PLACES: ReadonlySet<string> = new Set(["gone", "archived", "read_only", "remote_full", "checked_out"]);

/** What a host found wrong, as a failure. The remote that it could not read is away, all else is for a person. */
export const failureSeen = (
  code: string,
  { detail, hint }: { detail: string; hint: string | null },
  { nowMs }: StepContext,
): Failure => ({
  kind: TRANSFERS.has(code) ? "unreachable" : "rig_trouble",
  code,
  message: hint && !TRANSFERS.has(code) ? `${detail}\n${hint}` : detail,
  atMs: nowMs,
});

/** What a host that looked finds wrong keeps landings alone where people work in the remote itself. */
export const whichSeen = (code: string): Which => (code === "checked_out" ? "landingTrouble" : "pushTrouble");

/** Whether another look tells that it is mended; of all else the next work does. */
export const isSeenByLooks = (which: Which, failure: Failure): boolean =>
  isDisproved(which, failure, { isRead: true, hasBranch: true, isPushed: true });

/** Not seen by pushing what the remote has already. */
const MADE_ANEW: ReadonlySet<string> = new Set(["no_branch", "unsigned"]);

/** A host has looked: what it found well ends the trouble that said otherwise. */
export function rigSeenWell(tx: Tx, rig: Rig, seen: Seen, ctx: StepContext): Rig {
  const over = troublesOf(rig).flatMap(([which, { failure }]) => (isDisproved(which, failure, seen) ? which : []));
  return endTroubles(tx, rig, over, ctx);
}

function isDisproved(which: Which, failure: Failure, { isRead, hasBranch, isPushed }: Seen): boolean {
  const { code } = failure;
  if (isRead && (isRemotes(failure) || READS.has(code))) return true;
  if (hasBranch && code === "no_branch") return true;
  if (!isPushed || !isRigsTrouble(failure) || MADE_ANEW.has(code)) return false;
  return which === "pushTrouble" || PLACES.has(code);
}
