/** How many runs may be live at a time: in the town, in a rig, of a role. */
import { eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theRig } from "../db/existing.ts";
import { type Agent, agents, attempts } from "../db/schema.ts";
import { prepared } from "../db/statements.ts";
import type { Settings } from "../lib/settings.ts";

/** What is live, by rig and role. */
export const liveRuns = prepared((tx) =>
  tx
    .select({ rigId: attempts.rigId, role: agents.role, count: sql<number>`count(*)` })
    .from(attempts)
    .innerJoin(agents, eq(agents.id, attempts.agentId))
    .where(sql`${attempts.endedAtMs} IS NULL AND ${attempts.kind} = 'run'`)
    .groupBy(attempts.rigId, agents.role)
    .prepare(),
);

/** The cap that is reached, so that no more run of this agent may live; null: none is. Nothing is read where there is no cap. */
export function capReachedBy(tx: Tx, { rigId, role }: Agent, settings: Settings): string | null {
  const perRig = theRig(tx).get({ id: rigId })?.maxAgents ?? settings.maxAgentsPerRig;
  const perRole = Object.hasOwn(settings.maxAgentsByRole, role) ? settings.maxAgentsByRole[role] : undefined;
  if (settings.maxAgents === undefined && perRig === undefined && perRole === undefined) return null;
  const live = liveRuns(tx).all();
  const passes = (cap: number | undefined, of: (run: (typeof live)[number]) => boolean): boolean =>
    cap !== undefined && live.filter(of).reduce((sum, { count }) => sum + count, 0) >= cap;
  if (passes(settings.maxAgents, () => true)) return `${settings.maxAgents} in the town (maxAgents)`;
  if (passes(perRig, (run) => run.rigId === rigId)) return `${perRig} in rig ${rigId} (maxAgentsPerRig)`;
  if (passes(perRole, (run) => run.role === role)) return `${perRole} of role ${role} (maxAgentsByRole)`;
  return null;
}
