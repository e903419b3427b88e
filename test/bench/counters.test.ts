/** What the town's rows cost, as workerd counts them. They may get better, never worse: whoever makes them better lowers them here. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Cost, LifeCosts, Scan, TickCosts } from "../../bench/counters/costs.ts";

const TICKS: Record<keyof TickCosts, { read: number; written: number; alarms: number }> = {
  idle: { read: 9, written: 1, alarms: 0 },
  renew: { read: 3, written: 1, alarms: 0 },
  dispatch: { read: 33, written: 14, alarms: 1 },
  finish: { read: 32, written: 17, alarms: 1 },
  health: { read: 23, written: 0, alarms: 0 },
};
const LIFE = { read: 95, written: 44, alarms: 3 };

async function measured<T>(path: string): Promise<T> {
  const worker = (exports as unknown as { default: Fetcher }).default;
  return (await worker.fetch(`http://bench.test${path}`)).json() as Promise<T>;
}

const expectWithin = (what: string, cost: Cost, most: Pick<Cost, "read" | "written" | "alarms">) => {
  for (const count of ["read", "written", "alarms"] as const)
    expect(cost[count], `${what}: ${count}`).toBeLessThanOrEqual(most[count]);
};

test("a tick costs what it costs, and the same with 10,000 closed beads and with 50 agents", async () => {
  const small = await measured<TickCosts>("/tick?history=0&agents=10");
  for (const [kind, most] of Object.entries(TICKS)) expectWithin(kind, small[kind as keyof TickCosts], most);
  expect(await measured<TickCosts>("/tick?history=10000&agents=10")).toEqual(small);
  const { health: _, ...many } = await measured<TickCosts>("/tick?history=0&agents=50");
  expect(small).toMatchObject(many);
}, 180_000);

test("the life of a bead costs at most 1.5 times what bare SQL would write, and twice what it would read", async () => {
  const { life } = await measured<LifeCosts>("/life?history=0");
  const floor = await measured<Cost>("/floor");
  expectWithin("life", life, LIFE);
  expect(life.written / floor.written).toBeLessThanOrEqual(1.5);
  expect(life.read / floor.read).toBeLessThanOrEqual(2);
  expect((await measured<LifeCosts>("/life?history=10000")).life).toEqual(life);
}, 180_000);

/** The newest thousand beads that were cancelled, through their index and only where a person asks what waits for them. */
const BOUNDED = /FROM "beads" WHERE status = 'cancelled'\s+ORDER BY closed_at_ms DESC LIMIT 1000\b/;

test("no statement of the daily work walks through a table that grows", async () => {
  const { statements, scans } = await measured<{ statements: number; scans: Scan[] }>("/scans");
  expect(statements).toBeGreaterThan(40);
  expect(scans.filter(({ sql }) => !BOUNDED.test(sql))).toEqual([]);
}, 180_000);
