/** A town in which nothing happens, watched by some and by nobody: what reaches it, and what it does. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TownApi } from "../../cli/api.ts";
import { Client } from "../../cli/client.ts";
import { repoRoot } from "../../cli/paths.ts";
import { freePort } from "../../cli/preflight.ts";
import type { Stirred } from "../counters/costs.ts";
import { startFollowers } from "../followers.ts";
import { NoOpHost } from "../host.ts";
import { makeTown } from "../town.ts";
import { startWorkerd } from "../workerd.ts";

const WATCHERS = 10;
/** Long beside the ten seconds after which an object that nothing reaches is put to sleep. */
const IDLE_SECONDS = 120;
/** What its making leaves to do is done by then, and it sleeps. */
const SETTLED_MS = 30_000;

export interface Idle {
  watchers: number;
  seconds: number;
  /** Each with what it takes to wake the town that is asked. */
  watched: Stirred;
  alone: Stirred;
  /** Messages that the watchers were told after it, of the bead that was then made. */
  toldAfter: number;
}

const TOKEN = "bench";

export async function measureIdle(): Promise<Idle> {
  const host = new NoOpHost();
  const HOST_URL = await host.start();
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const bindings = { TOWNKEEPER_TOKEN: TOKEN, RUN_TOKEN_KEY: "bench", HOST_TOKEN: "bench", HOST_URL, PUBLIC_URL: url };
  const [config, entry] = [join(repoRoot, "wrangler.toml"), join(repoRoot, "bench/counters/worker.ts")];
  const worker = await startWorkerd({ config, entry, port, bindings });
  try {
    return await idleAt(url);
  } finally {
    await worker.stop();
    host.close();
  }
}

async function idleAt(url: string): Promise<Idle> {
  const api = new TownApi(new Client(url, TOKEN));
  const stirred = async (town: string) => (await fetch(`${url}/stirred?town=${town}`)).json() as Promise<Stirred>;
  for (const town of ["watched", "alone"]) await makeTown(api, town, { agents: 10 });
  const stop = await startFollowers({ url: `${url}/v1/towns/watched/stream`, token: TOKEN, count: WATCHERS });
  await sleep(SETTLED_MS);
  await Promise.all([stirred("watched"), stirred("alone")]);
  await sleep(IDLE_SECONDS * 1_000);
  const [watched, alone] = await Promise.all([stirred("watched"), stirred("alone")]);
  await api.createBeads("watched", [{ rig: "lib", title: "the first thing that happens" }]);
  await sleep(2_000);
  // The first message of each was how the town is.
  const toldAfter = (await stop()) - WATCHERS;
  return { watchers: WATCHERS, seconds: IDLE_SECONDS, watched, alone, toldAfter };
}
