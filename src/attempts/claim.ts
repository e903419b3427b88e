/** How an attempt begins: agent, bead and journal row in one step, under the next fence. */
import { and, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theRig } from "../db/existing.ts";
import { type Agent, type Attempt, agents, attempts, type Bead, beads, type Rig } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { isNotUnderWay, type StepContext } from "../db/step.ts";
import { countUp, readTown } from "../db/town-row.ts";
import { branchOf } from "../lib/branch.ts";
import { guard, Stale } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";
import { probesLeft } from "./breaker.ts";
import { chooseHost, type HostThere } from "./hosts.ts";
import { hasRoomToLand, isBeside, landingsOf, type UnderWay } from "./landings.ts";
import { startsAgainAtMs } from "./pace.ts";
import { landingBar } from "./rig-trouble.ts";
import { reserve, scopesOf } from "./spending.ts";
import { type Terms, termsNow } from "./terms.ts";

/** The next fence. Rising within the town, so that "newer" has one meaning for agents, beads, branches and hosts. */
function nextFence(tx: Tx, { nowMs, settings }: StepContext): number {
  if (startsAgainAtMs(tx, readTown(tx).lastFence, nowMs, settings) !== null)
    throw new Stale("the starts of this minute are used up");
  return countUp(tx, "lastFence");
}

/**
 * How long a claim may stay a claim without evidence of life. The effect's row answers for it far earlier; this is
 * for a claim whose effect was lost, which only a corrupted database can bring about.
 */
export const claimLeaseMs = (settings: Settings): number => 4 * settings.startDeadlineMs;

const takeAgent = prepared((tx) =>
  tx
    .update(agents)
    .set({ status: "starting", beadId: slot<string>("beadId"), fence: slot("fence"), lastFence: slot("fence") })
    .where(
      and(
        eq(agents.id, slot<string>("agentId")),
        eq(agents.status, "idle"),
        lte(agents.notBeforeMs, slot("nowMs")),
        eq(agents.enabled, true),
        isNull(agents.paused),
        or(isNull(agents.beadId), eq(agents.beadId, slot<string>("beadId"))),
      ),
    )
    .returning()
    .prepare(),
);

const takeBead = prepared((tx) =>
  tx
    .update(beads)
    .set({
      status: "in_progress",
      agentId: slot<string>("agentId"),
      fence: slot("fence"),
      notBeforeMs: 0,
      updatedAtMs: slot("nowMs"),
    })
    .where(
      and(
        eq(beads.id, slot<string>("beadId")),
        eq(beads.rigId, slot<string>("rigId")),
        lte(beads.notBeforeMs, slot("nowMs")),
        isNotUnderWay,
        sql`((${beads.status} = 'open' AND ${beads.blockedBy} = 0) OR (${beads.status} = 'in_progress' AND ${beads.agentId} = ${slot("agentId")}))`,
      ),
    )
    .returning()
    .prepare(),
);

/** What was claimed, as it is written now. */
interface Claimed {
  fence: number;
  bead: Bead;
  hostId: string | null;
  terms: Terms;
}

export interface ClaimedRun extends Claimed {
  agent: Agent;
  /** Where its work is to be pushed. */
  branch: string;
}

export interface ClaimedLanding extends Claimed {
  rig: Rig;
}

/** An idle agent takes a ready bead, or tries again the one on its hook: agent, bead and journal in one step. */
export function claimRun(tx: Tx, agentId: string, beadId: string, ctx: StepContext): ClaimedRun {
  const { nowMs, settings } = ctx;
  const fence = nextFence(tx, ctx);
  const agent = guard(
    takeAgent(tx).get({ agentId, beadId, fence, nowMs }),
    "the agent is not idle, is disabled, paused, cools down, or holds another bead",
  );
  const bead = guard(
    takeBead(tx).get({ agentId, beadId, rigId: agent.rigId, fence, nowMs }),
    "the bead is not ready for this agent",
  );
  const chargedMs = reserve(tx, scopesOf(settings, { beadId, rigId: bead.rigId }), agent.maxRunMs, nowMs);
  // A budget that is nearly used up makes the run shorter.
  const terms = termsNow(settings, chargedMs || agent.maxRunMs);
  const branch = branchOf(beadId, fence, settings.branchPrefix);
  const run = { fence, kind: "run" as const, rigId: bead.rigId, beadId, agentId, chargedMs, branch, ...terms };
  return { fence, agent, bead, hostId: insertAttempt(tx, run, bead, ctx), terms, branch };
}

const beginToLand = prepared((tx) =>
  tx
    .update(beads)
    .set({ fence: slot("fence"), notBeforeMs: 0, updatedAtMs: slot("nowMs") })
    .where(
      and(
        eq(beads.id, slot<string>("beadId")),
        eq(beads.status, "in_review"),
        sql`${beads.notBeforeMs} <= ${slot("nowMs")}`,
        isNotUnderWay,
      ),
    )
    .returning()
    .prepare(),
);

/** A reviewed bead begins to land. */
export function claimLanding(tx: Tx, beadId: string, ctx: StepContext): ClaimedLanding {
  const { nowMs, settings } = ctx;
  const fence = nextFence(tx, ctx);
  const bead = guard(beginToLand(tx).get({ beadId, fence, nowMs }), "the bead does not wait to land");
  const rig = guard(theRig(tx).get({ id: bead.rigId }), "the rig is gone");
  // What was given up in the same plan may have been the one failure too many.
  if (landingBar(rig.landingTrouble, beadId, nowMs) !== null) throw new Stale("the landings of the rig wait");
  const beside = landingsOf(tx, rig.id);
  if (!hasRoomToLand(rig, beside)) throw new Stale("as many beads of this rig are landing as may");
  const terms = termsNow(settings, rig.maxGateMs);
  const landing = { fence, kind: "landing" as const, rigId: bead.rigId, beadId, agentId: null, ...nothing, ...terms };
  return { fence, bead, rig, hostId: insertAttempt(tx, landing, bead, ctx, beside), terms };
}

/** A landing costs no run time, and has no branch of its own. */
const nothing = { chargedMs: 0, branch: null };

type Claim = Pick<Attempt, "fence" | "kind" | "rigId" | "beadId" | "agentId" | "chargedMs" | "branch"> & Terms;

const insert = prepared((tx) =>
  tx
    .insert(attempts)
    .values({
      fence: slot("fence"),
      kind: slot<Attempt["kind"]>("kind"),
      rigId: slot<string>("rigId"),
      beadId: slot<string>("beadId"),
      agentId: slot<string>("agentId"),
      chargedMs: slot("chargedMs"),
      branch: slot<string>("branch"),
      leaseMs: slot("leaseMs"),
      heartbeatMs: slot("heartbeatMs"),
      limitMs: slot("limitMs"),
      hostId: slot<string>("hostId"),
      state: "starting",
      startedAtMs: slot("nowMs"),
      leaseUntilMs: slot("leaseUntilMs"),
    })
    .prepare(),
);

/** @returns which host is to be asked; null: the town's own */
function insertAttempt(
  tx: Tx,
  claim: Claim,
  bead: Bead,
  { nowMs, settings, mayAsk }: StepContext,
  beside: UnderWay = [],
): string | null {
  const kind = claim.kind === "run" ? "start" : "landing";
  const mayBegin = ({ id, breaker }: HostThere) => {
    const isFree = isBeside(beside, id) && (mayAsk?.({ kind, host: id }) ?? true);
    return isFree && probesLeft(tx, id, breaker, nowMs) !== 0;
  };
  const hostId = chooseHost(tx, settings, mayBegin, bead);
  insert(tx).run({ ...claim, hostId, nowMs, leaseUntilMs: nowMs + claimLeaseMs(settings) });
  return hostId;
}
