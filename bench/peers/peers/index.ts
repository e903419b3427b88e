import type { Peer } from "../types.ts";
import { Agents } from "./agents.ts";
import { BullMq } from "./bullmq.ts";
import { Dbos } from "./dbos.ts";
import { Graphile } from "./graphile.ts";
import { Townkeeper } from "./townkeeper.ts";

/** In the order in which they are measured and shown. */
export const allPeers: readonly (() => Peer)[] = [
  () => new Townkeeper(),
  () => new Agents("queue"),
  () => new Agents("schedule"),
  () => new Dbos("start"),
  () => new Dbos("queue"),
  () => new Dbos("fastQueue"),
  () => new Graphile(),
  () => new Graphile({ unlock: true }),
  () => new BullMq(),
];
