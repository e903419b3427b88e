import { z } from "zod";
import { argvOf } from "../agents/index.ts";
import { type ClaimedRun, claimRun } from "../attempts/claim.ts";
import { pushesFirst } from "../attempts/rig-trouble.ts";
import { hearOfRoom } from "../attempts/room.ts";
import { acceptAttempt, releaseAttempt } from "../attempts/settle.ts";
import { askedBefore } from "../attempts/terms.ts";
import { lessonsOf } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { theAgent, theBead, theRig } from "../db/existing.ts";
import { readTown } from "../db/town-row.ts";
import { branchOf, prefixOf, rigFor } from "../lib/branch.ts";
import { goesOnWith } from "../lib/going-on.ts";
import { guard, Stale } from "../lib/guard.ts";
import { promptFor } from "../lib/prompt.ts";
import type { RunOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/**
 * Start an idle agent on a bead. `starting` is a claim and carries a fence, so a late answer to an older claim
 * changes nothing.
 */
export const dispatchAgent = defineEffectAction({
  type: "dispatch_agent",
  kind: "start",
  isProductive: true,
  payload: z.object({ agentId: z.string(), beadId: z.string() }),
  concerns: ({ agentId, beadId }) => ({ agent: agentId, bead: beadId }),
  beadStates: ["open", "in_progress"],

  apply(tx, { agentId, beadId }, ctx) {
    const claimed = claimRun(tx, agentId, beadId, ctx);
    return { fence: claimed.fence, input: () => orderOf(tx, claimed) };
  },

  effect: {
    deadlineMs: ({ settings }) => settings.startDeadlineMs,

    prepare(tx, { agentId, beadId }, fence, { settings }): RunOrder {
      const agent = theAgent(tx).get({ id: agentId });
      if (agent?.fence !== fence) throw new Stale("the claim was superseded");
      const bead = guard(theBead(tx).get({ id: beadId }), "the bead is gone");
      const { branch, ...asked } = askedBefore(tx, fence, settings, agent.maxRunMs);
      return orderOf(tx, { fence, agent, bead, ...asked, branch: branch ?? branchOf(beadId, fence) });
    },

    run: (ports, order, signal, send) => ports.host.start(order, signal, send),
    hear: (tx, host, settlement, ctx) => hearOfRoom(tx, host, settlement, ctx),
    settle: (tx, _payload, fence, ctx, answer) => acceptAttempt(tx, fence, ctx, answer),
    rollback: (tx, _payload, fence, failure, ctx) => releaseAttempt(tx, fence, failure, ctx),
  },
});

function orderOf(tx: Tx, { fence, agent, bead, hostId, terms, branch }: ClaimedRun): RunOrder {
  const rig = guard(theRig(tx).get({ id: bead.rigId }), "the rig is gone");
  const notes = lessonsOf(tx, bead.id);
  const anew = [bead, rig, agent].some(({ startFrom }) => startFrom === "main");
  const from = goesOnWith({ work: bead, lessons: notes, anew });
  return {
    host: hostId,
    town: readTown(tx).name,
    agent: agent.id,
    bead: bead.id,
    fence,
    rig: rigFor(rig, bead, prefixOf(branch, bead.id)),
    command: argvOf(agent.command, agent.program),
    ...(agent.program && { program: agent.program }),
    env: agent.env,
    prompt: promptFor({
      beadId: bead.id,
      title: bead.title,
      body: bead.body,
      acceptance: bead.acceptance,
      notes,
    }),
    ...(from !== undefined && { from }),
    title: bead.title,
    maxRunMs: terms.limitMs,
    ...(pushesFirst(rig) && { pushFirst: true }),
    leaseMs: terms.leaseMs,
    heartbeatMs: terms.heartbeatMs,
  };
}
