import { and, eq, lte } from "drizzle-orm";
import { z } from "zod";
import { releaseAttempt } from "../attempts/settle.ts";
import { endStop } from "../attempts/stop.ts";
import { attempts, effects } from "../db/schema.ts";
import { guard } from "../lib/guard.ts";
import { defineAction } from "./define.ts";

/** Take back an attempt whose lease has run out: the host killed a run that was heard of by then, or is dead itself. */
export const releaseLostAttempt = defineAction({
  type: "release_lost_attempt",
  kind: "maintenance",
  payload: z.object({ fence: z.number() }),
  concerns: ({ fence }) => ({ attempt: fence }),

  apply(tx, { fence }, ctx) {
    const attempt = guard(
      tx
        .select()
        .from(attempts)
        .where(and(eq(attempts.fence, fence), lte(attempts.leaseUntilMs, ctx.nowMs)))
        .get(),
      "a heartbeat renewed the lease",
    );
    if (attempt.state === "stopping") {
      endStop(tx, fence, ctx);
      return;
    }
    // A first lease is shorter than the host's own, by which its run is dead.
    const unheard = attempt.lastSeq === null;
    const heard = unheard ? "nothing was ever heard of it" : "it went silent";
    const message = `the ${attempt.kind} was given up: ${heard}, and its lease ran out`;
    const cause = { kind: "lost", code: "lease_expired", message } as const;
    releaseAttempt(tx, fence, { cause, uncertain: unheard }, ctx);
    tx.delete(effects).where(eq(effects.fence, fence)).run();
  },
});
