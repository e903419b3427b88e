import { shardsOfTowers } from "../dos/beacon.ts";
import type { Env } from "../dos/env.ts";

/** Every minute, by cron: the towers wake by themselves as well, so this is for an alarm that was lost. */
export async function watchTowns(_event: ScheduledController, env: Env): Promise<void> {
  const { WATCHTOWER: towers } = env;
  if (towers) await Promise.allSettled(shardsOfTowers.map((shard) => towers.getByName(shard).watch()));
}
