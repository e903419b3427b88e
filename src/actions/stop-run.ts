import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { hostAsked } from "../attempts/hosts.ts";
import { endStop } from "../attempts/stop.ts";
import { attempts, effects } from "../db/schema.ts";
import { countUp, readTown } from "../db/town-row.ts";
import { backoffMs, waitFor } from "../lib/backoff.ts";
import { guard } from "../lib/guard.ts";
import type { StopOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/**
 * Have the host end a run that was called off. It goes by the fence, so it can never hit the next run; it is asked for
 * until the host agrees, or the lease ends the matter.
 */
export const stopRun = defineEffectAction({
  type: "stop_run",
  kind: "stop",
  payload: z.object({ agentId: z.string(), fence: z.number(), failures: z.number().default(0) }),
  concerns: ({ agentId, fence }) => ({ agent: agentId, attempt: fence }),

  apply(tx, { fence }) {
    guard(
      tx
        .select({ fence: attempts.fence })
        .from(attempts)
        .where(and(eq(attempts.fence, fence), eq(attempts.state, "stopping")))
        .get(),
      "the run was stopped already",
    );
    return { fence };
  },

  effect: {
    deadlineMs: ({ settings }) => settings.startDeadlineMs,
    prepare: (tx, { agentId }, fence): StopOrder => ({
      host: hostAsked(tx, fence),
      town: readTown(tx).name,
      agent: agentId,
      fence,
    }),
    run: (ports, order, signal) => ports.host.stop(order, signal),
    settle: (tx, _payload, fence, ctx) => endStop(tx, fence, ctx),

    rollback(tx, payload, fence, { retryAfterMs }, { nowMs, random, settings }) {
      const failures = payload.failures + 1;
      const ownMs = backoffMs(failures, settings.backoffBaseMs, settings.leaseMs, random());
      const waitMs = waitFor(ownMs, retryAfterMs, settings.leaseMs);
      tx.insert(effects)
        .values({
          id: countUp(tx, "lastEffect"),
          action: "stop_run",
          payload: { ...payload, failures },
          fence,
          dueAtMs: nowMs + waitMs,
        })
        .run();
    },
  },
});
