/** What a run used, where its program told. */
import { eq, sql } from "drizzle-orm";
import type { Step, Usage } from "../agents/said.ts";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts } from "../db/schema.ts";

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
