import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { hostAsked } from "../attempts/hosts.ts";
import { reachTier } from "../attempts/stall.ts";
import { remark } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { attempts } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { guard } from "../lib/guard.ts";
import { NUDGED, spanText } from "../lib/stall.ts";
import type { NudgeOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/** It goes to a host that answers at once or not at all, and must not keep a connection from a start for long. */
const DEADLINE_MS = 5_000;

/**
 * Say a word to a silent run, once per silence. It blocks nothing: what comes of it is a note on the bead, and the
 * attempt goes on as it was.
 */
export const nudgeRun = defineEffectAction({
  type: "nudge_run",
  kind: "message",
  payload: z.object({ agentId: z.string(), fence: z.number(), sinceMs: z.number() }),
  concerns: ({ agentId, fence }) => ({ agent: agentId, attempt: fence }),

  apply: (tx, run) => ({ fence: reachTier(tx, run, NUDGED).fence }),

  effect: {
    bestEffort: true,
    deadlineMs: ({ settings }) => Math.min(settings.startDeadlineMs, DEADLINE_MS),

    prepare(tx, { agentId, sinceMs }, fence, { nowMs }): NudgeOrder {
      const silent = and(eq(attempts.fence, fence), eq(attempts.state, "running"), eq(attempts.stall, NUDGED));
      guard(tx.select({ fence: attempts.fence }).from(attempts).where(silent).get(), "it is active again, or over");
      const text = `Nothing has been seen of you for ${spanText(nowMs - sinceMs)}: no output, no change in your worktree, no work of your processes. If you wait for something, go on without it or say what it is; if it can't be done, say why and exit with a code other than 0.`;
      const id = `${fence}.${NUDGED}.${sinceMs}`;
      return { host: hostAsked(tx, fence), town: readTown(tx).name, agent: agentId, fence, id, text };
    },

    run: (ports, order, signal) => ports.host.nudge(order, signal),
    settle: (tx, { sinceMs }, fence, ctx) =>
      remember(tx, fence, `was nudged after ${spanText(ctx.nowMs - sinceMs)} of silence.`, ctx),

    // Not tried again: should it stay silent, the next tier comes.
    rollback(tx, { sinceMs }, fence, { cause }, ctx) {
      if (cause.code === "gone") return; // its last word is on its way
      const silence = spanText(ctx.nowMs - sinceMs);
      remember(tx, fence, `was silent for ${silence} and could not be nudged: ${cause.message}`, ctx);
    },
  },
});

function remember(tx: Tx, fence: number, what: string, ctx: StepContext): void {
  const agent = sql<string>`${attempts.agentId}`;
  const attempt = tx.select({ agent, bead: attempts.beadId }).from(attempts).where(eq(attempts.fence, fence)).get();
  if (attempt) remark(tx, attempt.bead, "nudged", `${attempt.agent} (fence ${fence}) ${what}`, ctx);
}
