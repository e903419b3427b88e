import { Hono } from "hono";
import { shardsOfTowers } from "../dos/beacon.ts";
import type { Env } from "../dos/env.ts";
import { authorize } from "./auth.ts";
import { readWatchtower } from "./own-operations.ts";
import { refuseQuery } from "./problem.ts";

/** Every minute, by cron: the towers wake by themselves as well, so this is for an alarm that was lost. */
export async function watchTowns(_event: ScheduledController, env: Env): Promise<void> {
  const { WATCHTOWER: towers } = env;
  if (towers) await Promise.allSettled(shardsOfTowers.map((shard) => towers.getByName(shard).watch()));
}

/** The towns that the watchtower finds in trouble, below `/v1/watchtower`. */
export const watchtower = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  authorize(c, readWatchtower.scope, null);
  refuseQuery(c);
  const { WATCHTOWER: towers, WATCHTOWER_MODE: mode = "heal" } = c.env;
  const troubles = await Promise.all(shardsOfTowers.map((shard) => towers?.getByName(shard).troubles() ?? []));
  return c.json({ mode: towers ? mode : "off", troubles: troubles.flat() });
});
