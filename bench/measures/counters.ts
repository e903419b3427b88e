/** Rows read and written, as workerd counts them: no clock, no noise, the same wherever it is run. */
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";
import { freePort } from "../../cli/preflight.ts";
import type { Cost, LifeCosts, Scan, TickCosts } from "../counters/costs.ts";
import { NoOpHost } from "../host.ts";
import { startWorkerd } from "../workerd.ts";

type ByHistory = Record<string, Cost>;

export interface Counters {
  /** With ten agents, by closed beads. */
  tick: Record<keyof TickCosts, ByHistory>;
  tickWith50Agents: Record<keyof TickCosts, ByHistory>;
  life: ByHistory & { floor: Cost };
  steps: LifeCosts["steps"];
  bytesPerBead: number;
  scans: { statements: number; scans: Scan[] };
}

type Ask = <T>(path: string) => Promise<T>;

export const measureCounters = (histories: readonly number[]): Promise<Counters> =>
  withCounters((ask) => measured(ask, histories));

/** The Worker whose towns count, until `body` is through. @param body's `ask` asks it for a measure */
export async function withCounters<T>(body: (ask: Ask, url: string) => Promise<T>): Promise<T> {
  const host = new NoOpHost();
  host.onOrder = () => "lives";
  const HOST_URL = await host.start();
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const bindings = {
    TOWNKEEPER_TOKEN: "bench",
    RUN_TOKEN_KEY: "bench",
    HOST_TOKEN: "bench",
    HOST_URL,
    PUBLIC_URL: url,
  };
  const [config, entry] = [join(repoRoot, "wrangler.toml"), join(repoRoot, "bench/counters/worker.ts")];
  const worker = await startWorkerd({ config, entry, port, bindings });
  const ask: Ask = async (path) => {
    const response = await fetch(url + path);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json() as never;
  };
  try {
    return await body(ask, url);
  } finally {
    await worker.stop();
    host.close();
  }
}

async function measured(ask: Ask, histories: readonly number[]): Promise<Counters> {
  const ticks = async (agents: number): Promise<Counters["tick"]> => {
    const tick: Counters["tick"] = { idle: {}, renew: {}, dispatch: {}, finish: {}, health: {} };
    for (const history of histories) {
      const costs = await ask<TickCosts>(`/tick?history=${history}&agents=${agents}`);
      for (const kind of Object.keys(tick) as (keyof TickCosts)[]) tick[kind][history] = costs[kind];
    }
    return tick;
  };
  const tick = await ticks(10);
  const tickWith50Agents = await ticks(50);
  const lives: Record<string, LifeCosts> = {};
  for (const history of histories) lives[history] = await ask<LifeCosts>(`/life?history=${history}`);
  const [first] = Object.values(lives);
  if (!first) throw new Error("no history was named");
  const floor = await ask<Cost>("/floor");
  const byHistory = Object.fromEntries(Object.entries(lives).map(([history, { life }]) => [history, life]));
  return {
    tick,
    tickWith50Agents,
    life: { ...byHistory, floor } as Counters["life"],
    steps: first.steps,
    bytesPerBead: await ask<number>("/growth"),
    scans: await ask<Counters["scans"]>("/scans"),
  };
}
