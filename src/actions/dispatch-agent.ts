import { and, desc, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { claimRun } from "../db/attempts/claim.ts";
import { acceptAttempt, releaseAttempt } from "../db/attempts/hold.ts";
import { reservedMs } from "../db/attempts/spending.ts";
import { agents, type BeadNote, beadNotes, beads, rigs } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { guard } from "../lib/guard.ts";
import { commandOf } from "../lib/presets/index.ts";
import { promptFor } from "../lib/prompt.ts";
import type { RunOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/** The notes that tell an agent what went wrong; the others are the operators' business. */
const LESSONS: BeadNote["kind"][] = ["conflict", "gate_failed", "agent_failed", "stalled"];

/** How many notes of earlier tries an agent is shown: enough to learn from, too few to drown the task. */
const NOTES_SHOWN = 5;

/**
 * Start an idle agent on a bead. `starting` is a claim and carries a fence, so a late answer to an older claim
 * changes nothing.
 */
export const dispatchAgent = defineEffectAction({
  type: "dispatch_agent",
  payload: z.object({ agentId: z.string(), beadId: z.string() }),

  apply: (tx, { agentId, beadId }, ctx) => claimRun(tx, agentId, beadId, ctx),

  effect: {
    deadlineMs: ({ settings }) => settings.startDeadlineMs,

    prepare(tx, { agentId, beadId }, fence, { settings }): RunOrder {
      const agent = guard(
        tx
          .select()
          .from(agents)
          .where(and(eq(agents.id, agentId), eq(agents.fence, fence)))
          .get(),
        "the claim was superseded",
      );
      const bead = guard(tx.select().from(beads).where(eq(beads.id, beadId)).get(), "the bead is gone");
      const rig = guard(tx.select().from(rigs).where(eq(rigs.id, bead.rigId)).get(), "the rig is gone");
      const notes = tx
        .select()
        .from(beadNotes)
        .where(and(eq(beadNotes.beadId, beadId), inArray(beadNotes.kind, LESSONS)))
        .orderBy(desc(beadNotes.id))
        .limit(NOTES_SHOWN)
        .all();
      return {
        town: readTown(tx).name,
        agent: agentId,
        bead: beadId,
        fence,
        rig: { id: rig.id, repoUrl: rig.repoUrl, defaultBranch: rig.defaultBranch },
        command: commandOf(agent.command, agent.program),
        program: agent.program,
        env: agent.env,
        prompt: promptFor({
          beadId,
          title: bead.title,
          body: bead.body,
          acceptance: bead.acceptance,
          notes: notes.toReversed(),
        }),
        title: bead.title,
        maxRunMs: reservedMs(tx, fence, settings) ?? agent.maxRunMs,
        leaseMs: settings.leaseMs,
        heartbeatMs: settings.heartbeatMs,
      };
    },

    run: (ports, order, signal) => ports.host.start(order, signal),
    settle: (tx, _payload, fence, ctx, bootId) => acceptAttempt(tx, fence, ctx, bootId),
    rollback: (tx, _payload, fence, failure, ctx) => releaseAttempt(tx, fence, failure, ctx),
  },
});
