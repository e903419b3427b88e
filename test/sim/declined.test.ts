/** What a declined push costs over a day, under the engine that runs in production, in fake time. */
import { expect, test } from "vitest";
import { ChaosWorld } from "../../sim/chaos/world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function inWorld(play: (world: ChaosWorld) => Promise<void>) {
  const world = new ChaosWorld({ seed: 1, agents: 5, hasTower: false });
  try {
    await play(world);
    expect(world.violations).toEqual([]);
    expect(world.doubledRuns).toBe(0);
  } finally {
    world.close();
  }
}

async function until(world: ChaosWorld, endMs: number, holds: () => boolean = () => false): Promise<void> {
  while (!holds() && (await world.step(endMs)));
}

const begun = (world: ChaosWorld, kind: "run" | "landing") =>
  world.count(`SELECT count(*) AS n FROM attempts WHERE kind = '${kind}'`);
const open = (world: ChaosWorld) => world.count("SELECT count(*) AS n FROM beads WHERE status <> 'closed'");
const paid = (world: ChaosWorld) => [...world.host.paid.values()];
const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

test("branches that are declined for a day: no run is paid twice, and who has begun is all that pays", () =>
  inWorld(async (world) => {
    world.conduct = { ends: "declined" };
    world.beads(20);
    await until(world, DAY);
    expect(Math.max(...paid(world))).toBe(1);
    expect(sum(paid(world))).toBe(5); // as many as were at work when the first was declined
    expect(begun(world, "run")).toBeLessThanOrEqual(5 + 12);
    expect(world.count("SELECT sum(failures) AS n FROM beads")).toBe(0);
    world.conduct = {};
    await until(world, DAY + 12 * HOUR, () => open(world) === 0);
    expect(open(world)).toBe(0);
    expect(paid(world)).toEqual(Array(20).fill(1));
  }));

test("a main that is protected for a day: each run is paid once, and few landings are tried", () =>
  inWorld(async (world) => {
    world.landings = { ends: "declined" };
    world.beads(12);
    await until(world, DAY);
    expect(paid(world)).toEqual(Array(12).fill(1));
    expect(begun(world, "run")).toBe(12);
    expect(begun(world, "landing")).toBeLessThanOrEqual(13);
    expect(world.count("SELECT count(*) AS n FROM beads WHERE status = 'in_review'")).toBe(12);
    world.tell({ type: "landings_retried", payload: { rig: "lib" } });
    world.landings = {};
    await until(world, DAY + HOUR, () => open(world) === 0);
    expect(open(world)).toBe(0);
    expect(begun(world, "run")).toBe(12);
  }));

test("work that is declined for what is in it: as many runs as the budget has, each with the reason of the one before", () =>
  inWorld(async (world) => {
    world.conduct = { ends: "unwanted" };
    world.beads(4);
    await until(world, DAY);
    expect(paid(world)).toEqual(Array(4).fill(3));
    expect(world.count("SELECT count(*) AS n FROM beads WHERE status = 'failed'")).toBe(4);
    expect(world.count("SELECT count(*) AS n FROM bead_notes WHERE kind = 'declined'")).toBe(12);
  }));
