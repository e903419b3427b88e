/** How an attempt begins: agent, bead and journal row in one step, under the next fence. */
import { and, eq, isNull, lte, or, sql } from "drizzle-orm";
import { assert, guard, Stale } from "../../lib/guard.ts";
import type { Settings } from "../../lib/settings.ts";
import type { Tx } from "../client.ts";
import { chooseHost } from "../hosts.ts";
import { prepared, slot } from "../prepared.ts";
import { type Attempt, agents, attempts, beads, town } from "../schema.ts";
import { isLive, type StepContext } from "./context.ts";
import { startsAgainAtMs } from "./pace.ts";
import { reserve, scopesOf } from "./spending.ts";

const countFence = prepared((tx) =>
  tx
    .update(town)
    .set({ lastFence: sql`${town.lastFence} + 1` })
    .where(eq(town.id, 1))
    .returning({ fence: town.lastFence })
    .prepare(),
);

/** The next fence. Rising within the town, so that "newer" has one meaning for agents, beads, branches and hosts. */
function nextFence(tx: Tx, { nowMs, settings }: StepContext): number {
  const row = countFence(tx).get();
  assert(row, "a town has its row before anything is claimed");
  if (startsAgainAtMs(tx, row.fence - 1, nowMs, settings) !== null)
    throw new Stale("the starts of this minute are used up");
  return row.fence;
}

/**
 * How long a claim may stay a claim without evidence of life. The effect's row answers for it far earlier; this is
 * for a claim whose effect was lost, which only a corrupted database can bring about.
 */
const claimLeaseMs = (settings: Settings): number => 4 * settings.startDeadlineMs;

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
        sql`NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.state IN ('starting', 'running', 'stopping'))`,
        sql`((${beads.status} = 'open' AND ${beads.blockedBy} = 0) OR (${beads.status} = 'in_progress' AND ${beads.agentId} = ${slot("agentId")}))`,
      ),
    )
    .returning()
    .prepare(),
);

/** An idle agent takes a ready bead, or tries again the one on its hook: agent, bead and journal in one step. */
export function claimRun(tx: Tx, agentId: string, beadId: string, ctx: StepContext): number {
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
  insertAttempt(tx, { fence, kind: "run", rigId: bead.rigId, beadId, agentId, chargedMs }, ctx);
  return fence;
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
      ),
    )
    .returning()
    .prepare(),
);

const otherLanding = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(eq(attempts.rigId, slot<string>("rigId")), sql`${attempts.kind} = 'landing'`, isLive))
    .prepare(),
);

/** Whether a bead of this rig lands now: one at a time. */
export const isLanding = (tx: Tx, rigId: string): boolean => otherLanding(tx).get({ rigId }) !== undefined;

/** A reviewed bead begins to land. */
export function claimLanding(tx: Tx, beadId: string, ctx: StepContext): number {
  const { nowMs } = ctx;
  const fence = nextFence(tx, ctx);
  const bead = guard(beginToLand(tx).get({ beadId, fence, nowMs }), "the bead does not wait to land");
  if (isLanding(tx, bead.rigId)) throw new Stale("another bead of this rig is landing");
  insertAttempt(tx, { fence, kind: "landing", rigId: bead.rigId, beadId, agentId: null, chargedMs: 0 }, ctx);
  return fence;
}

type Claim = Pick<Attempt, "fence" | "kind" | "rigId" | "beadId" | "agentId" | "chargedMs">;

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
      hostId: slot<string>("hostId"),
      state: "starting",
      startedAtMs: slot("nowMs"),
      leaseUntilMs: slot("leaseUntilMs"),
    })
    .prepare(),
);

function insertAttempt(tx: Tx, claim: Claim, { nowMs, settings }: StepContext): void {
  insert(tx).run({ ...claim, hostId: chooseHost(tx, settings), nowMs, leaseUntilMs: nowMs + claimLeaseMs(settings) });
}
