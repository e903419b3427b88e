/**
 * What people say holds from the moment they say it: a start or a landing whose request has not left goes back in the pass
 * that shuts a gate before it. After a crash that is all that was on its way, too.
 */
import { eq } from "drizzle-orm";
import { breakerOf } from "../attempts/breaker.ts";
import { isThere } from "../attempts/hosts.ts";
import { endStop } from "../attempts/stop.ts";
import { wasHooked, withdrawAttempt } from "../attempts/withdraw.ts";
import type { Tx } from "../db/client.ts";
import { theAgent, theBead, theRig } from "../db/existing.ts";
import { type Attempt, attempts } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { isBeginning } from "../lib/lane.ts";
import type { Waiting } from "./effects.ts";
import type { InFlight } from "./in-flight.ts";
import { loadRigs, loadRunsLeft } from "./load-gates.ts";

export interface WithdrawnEffect {
  /** The effect's id. */
  id: number;
  why: string;
}

interface Claim {
  id: number;
  fence: number;
  maybeSent: boolean;
}

/** Claims that were not sent, as far as this incarnation knows; the newest first. */
function claimsOf(inFlight: InFlight, waiting: readonly Waiting[]): Claim[] {
  const unsent = inFlight.unsent().map(({ id, fence, kind, isAgain }) => ({ id, fence, kind, maybeSent: isAgain }));
  const queued = waiting.map(({ id, fence, tries, lane }) => ({ id, fence, kind: lane?.kind, maybeSent: tries > 0 }));
  return [...unsent, ...queued].filter(({ kind }) => isBeginning(kind)).sort((a, b) => b.fence - a.fence);
}

/** @returns effects that must not be sent any more */
export function withdrawShut(
  tx: Tx,
  inFlight: InFlight,
  waiting: readonly Waiting[],
  ctx: StepContext,
): WithdrawnEffect[] {
  const claims = claimsOf(inFlight, waiting);
  if (claims.length === 0) return [];
  const known = claims.flatMap((claim) => {
    const attempt = tx.select().from(attempts).where(eq(attempts.fence, claim.fence)).get();
    return attempt ? [{ ...claim, attempt }] : [];
  });
  const room = roomLeft(tx, known, ctx);
  return known.flatMap(({ id, fence, maybeSent, attempt }) => {
    if (attempt.state === "starting") {
      const why = shutBefore(tx, attempt, ctx) ?? room.lacks(attempt);
      if (why === null) return [];
      withdrawAttempt(tx, attempt, { why, maybeSent }, ctx);
      return [{ id, why }];
    }
    // Called off already. Its host was never asked, so it need not be asked to end it.
    if (attempt.state === "stopping" && !maybeSent) endStop(tx, fence, ctx);
    return [{ id, why: `it is ${attempt.state}` }];
  });
}

/** The gates that may have been shut since it was claimed; null: all are open. */
function shutBefore(tx: Tx, attempt: Attempt, { nowMs }: StepContext): string | null {
  const { paused, draining } = readTown(tx);
  const { kind, rigId, agentId, beadId, hostId } = attempt;
  if (paused) return "the town is paused";
  if (theRig(tx).get({ id: rigId })?.paused) return `rig ${rigId} is paused`;
  if (hostId !== null && !isThere(tx, hostId)) return `host ${hostId} is not connected and enabled`;
  const breaker = breakerOf(tx, hostId);
  if (breaker?.openUntilMs != null && nowMs < breaker.openUntilMs) return "the breaker of its host is open";
  if (kind === "landing") return null;
  if (draining) return "the town takes no new runs";
  const agent = theAgent(tx).get({ id: agentId });
  if (agent && !agent.enabled) return `${agent.id} is disabled`;
  if (agent?.paused) return `${agent.id} is paused`;
  const isHeld = (theBead(tx).get({ id: beadId })?.blockedBy ?? 0) > 0 && !wasHooked(tx, attempt);
  return isHeld ? "the bead is held or blocked" : null;
}

/** Caps that are lower than what lives: claims go back, the newest first, until it fits or only what began is left. */
function roomLeft(tx: Tx, claims: readonly { attempt: Attempt }[], ctx: StepContext) {
  const rigs = new Set(claims.map(({ attempt }) => attempt.rigId));
  const runsLeft = loadRunsLeft(tx, ctx, loadRigs(tx, rigs));
  let town = runsLeft.town;
  const [inRig, inRole] = [new Map(runsLeft.rigs), new Map(runsLeft.roles)];
  return {
    lacks({ kind, rigId, agentId }: Attempt): string | null {
      if (kind === "landing") return null;
      const role = theAgent(tx).get({ id: agentId })?.role ?? "";
      const [ofRig, ofRole] = [inRig.get(rigId) ?? 0, inRole.get(role) ?? 0];
      if (Math.min(town, ofRig, ofRole) >= 0) return null;
      town++;
      inRig.set(rigId, ofRig + 1);
      inRole.set(role, ofRole + 1);
      return "more runs are live than may be";
    },
  };
}
