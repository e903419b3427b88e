/** What becomes of the runs of a host that a person takes away: nothing that it says of them counts any more. */
import { and, eq, gte } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, effects, removedHosts } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { releaseAttempt } from "./settle.ts";

/**
 * Takes back what lives on this host. Its agents are free at once, but it may live on out of reach: its beads go on elsewhere
 * when it must be dead, by its lease. What is being stopped holds its agent until then, whatever the host says.
 */
export function fenceRunsOf(tx: Tx, host: string, ctx: StepContext): void {
  const message = `Host ${host} was removed from the town: what it says of this counts no more.`;
  const cause = { kind: "lost", code: "host_removed", message } as const;
  for (const { fence, state } of liveOn(tx, host)) {
    tx.delete(effects).where(eq(effects.fence, fence)).run(); // an answer that is on its way counts no more either
    if (state !== "stopping") releaseAttempt(tx, fence, { cause, uncertain: true }, ctx);
  }
  const { lastFence } = readTown(tx);
  const disowned = { id: host, lastFence };
  tx.insert(removedHosts).values(disowned).onConflictDoUpdate({ target: removedHosts.id, set: { lastFence } }).run();
}

const liveOn = (tx: Tx, host: string): Pick<Attempt, "fence" | "state">[] =>
  tx
    .select({ fence: attempts.fence, state: attempts.state })
    .from(attempts)
    .where(and(isLive, eq(attempts.hostId, host)))
    .all();

const disowned = prepared((tx) =>
  tx
    .select({ id: removedHosts.id })
    .from(removedHosts)
    .where(and(eq(removedHosts.id, slot<string>("host")), gte(removedHosts.lastFence, slot("fence"))))
    .limit(atMost(1))
    .prepare(),
);

/** Whether the host of this attempt was removed since. One at work is not: there is no need to look. */
export const isDisowned = (tx: Tx, { hostId, fence, state }: Attempt): boolean =>
  hostId !== null &&
  state !== "starting" &&
  state !== "running" &&
  disowned(tx).get({ host: hostId, fence }) !== undefined;
