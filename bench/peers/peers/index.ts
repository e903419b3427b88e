import type { Peer } from "../types.ts";
import { Agents } from "./agents.ts";
import { BullMq } from "./bullmq.ts";
import { Dbos } from "./dbos.ts";
import { Floor } from "./floor.ts";
import { Graphile } from "./graphile.ts";
import { otherWays, Townkeeper } from "./townkeeper.ts";

/** In the order in which they are measured and shown: variants last, since a busy machine does not get to the end. */
export const allPeers: readonly (() => Peer)[] = [
  () => new Townkeeper(),
  ...otherWays.map((way) => () => new Townkeeper(way)),
  () => new Floor("own"),
  () => new Floor("shared"),
  () => new Agents("queue"),
  () => new Dbos("start"),
  () => new Graphile(),
  () => new BullMq(),
  () => new Dbos("queue"),
  () => new Dbos("fastQueue"),
  () => new Agents("schedule"),
  () => new Graphile({ unlock: true }),
];
