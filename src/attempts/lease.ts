/** How the lease of a running attempt is renewed. */
import { eq, sql } from "drizzle-orm";
import type { Usage } from "../agents/said.ts";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { whenActive } from "./stall.ts";
import { leaseOf } from "./terms.ts";

const renewal = prepared((tx) =>
  tx
    .update(attempts)
    .set({
      lastBootId: slot<string>("lastBootId"),
      lastSeq: slot("lastSeq"),
      leaseUntilMs: slot("leaseUntilMs"),
      agentActiveAtMs: slot("agentActiveAtMs"),
      stall: slot("stall"),
      progress: sql`coalesce(${slot("progress")}, ${attempts.progress})`,
      usage: sql`coalesce(${slot("usage")}, ${attempts.usage})`,
    })
    .where(eq(attempts.fence, slot("fence")))
    .prepare(),
);

/**
 * Something was heard of a running attempt.
 * @param heard `activeAtMs`: when its agent last did something, by the town's clock; null if nobody can say
 */
export function renewLease(tx: Tx, attempt: Attempt, { activeAtMs, usage, ...heard }: Heard, ctx: StepContext): void {
  const { nowMs, settings } = ctx;
  const active = whenActive(tx, attempt, activeAtMs, ctx);
  const leaseUntilMs = nowMs + leaseOf(attempt, settings);
  ctx.renewed?.(leaseUntilMs);
  const used = usage ? JSON.stringify(usage) : null;
  renewal(tx).run({ fence: attempt.fence, progress: null, usage: used, ...heard, ...active, leaseUntilMs });
}

type Heard = Pick<Attempt, "lastBootId" | "lastSeq"> &
  Partial<Pick<Attempt, "progress">> & { activeAtMs: number | null; usage?: Usage | undefined };
