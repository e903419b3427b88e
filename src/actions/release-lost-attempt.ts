import { and, eq, lte } from "drizzle-orm";
import { z } from "zod";
import { releaseAttempt } from "../db/attempts/hold.ts";
import { endStop } from "../db/attempts/stop.ts";
import { attempts, effects } from "../db/schema.ts";
import { guard } from "../lib/guard.ts";
import { defineAction } from "./define.ts";

/** Take back an attempt whose lease has run out: the host killed its run at that same moment, or is dead itself. */
export const releaseLostAttempt = defineAction({
  type: "release_lost_attempt",
  payload: z.object({ fence: z.number() }),

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
    const heard = attempt.lastSeq === null ? "nothing was ever heard of it" : "it went silent";
    const message = `the ${attempt.kind} was given up: ${heard}, and its lease ran out`;
    releaseAttempt(tx, fence, { cause: { kind: "lost", code: "lease_expired", message } }, ctx);
    tx.delete(effects).where(eq(effects.fence, fence)).run();
  },
});
