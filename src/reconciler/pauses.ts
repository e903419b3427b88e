/** Pauses that end by themselves, of the town, its rigs and its agents. */
import { eq, isNotNull } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { agents, type Pause, rigs, type TownRow } from "../db/schema.ts";
import { prepared } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { changeTown } from "../db/town-row.ts";
import { earliest } from "../lib/time.ts";

const pausedRigs = prepared((tx) =>
  tx.select({ id: rigs.id, paused: rigs.paused }).from(rigs).where(isNotNull(rigs.paused)).prepare(),
);

const pausedAgents = prepared((tx) =>
  tx.select({ id: agents.id, paused: agents.paused }).from(agents).where(isNotNull(agents.paused)).prepare(),
);

/** @returns whether one has ended, and when the next of a rig or an agent does; read once everything else has been heard */
export function endPauses(
  tx: Tx,
  { paused, pauses }: TownRow,
  { nowMs, news }: Pick<StepContext, "nowMs" | "news">,
): { ended: boolean; nextMs: number | null } {
  let ended = isOver(paused, nowMs);
  if (ended) changeTown(tx, { paused: null });
  const ends: (number | null)[] = [];
  if (pauses === 0) return { ended, nextMs: null };
  for (const rig of pausedRigs(tx).all())
    if (isOver(rig.paused, nowMs)) {
      tx.update(rigs).set({ paused: null }).where(eq(rigs.id, rig.id)).run();
      news?.(`UNPAUSED rig ${rig.id}`);
      ended = true;
    } else ends.push(rig.paused?.untilMs ?? null);
  for (const agent of pausedAgents(tx).all())
    if (isOver(agent.paused, nowMs)) {
      tx.update(agents).set({ paused: null }).where(eq(agents.id, agent.id)).run();
      news?.(`UNPAUSED agent ${agent.id}`);
      ended = true;
    } else ends.push(agent.paused?.untilMs ?? null);
  if (ends.length < pauses) changeTown(tx, { pauses: ends.length });
  return { ended, nextMs: earliest(...ends) };
}

const isOver = (pause: Pause | null, nowMs: number): boolean => pause?.untilMs != null && pause.untilMs <= nowMs;
