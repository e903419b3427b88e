/** What is heard of a running attempt: its lease is renewed, what it used and its last step are kept. */
import { eq, sql } from "drizzle-orm";
import type { Step, Usage } from "../agents/said.ts";
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

/** What a run used, where its program told. */
export function keepUsage(tx: Tx, { fence }: Attempt, usage: Usage | undefined): void {
  if (usage) tx.update(attempts).set({ usage }).where(eq(attempts.fence, fence)).run();
}

/** Of each kind the newest is kept. */
export function keepStep(tx: Tx, { fence }: Attempt, step: { [K in keyof Step]?: Step[K] | undefined }): void {
  tx.update(attempts)
    .set({ step: sql`json_patch(coalesce(${attempts.step}, '{}'), ${JSON.stringify(step)})` })
    .where(eq(attempts.fence, fence))
    .run();
}
