/** The work model under the engine that runs in production, in fake time. */
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { ChaosWorld, type WorldOptions } from "../../sim/chaos/world.ts";
import { agentInput, beadsInput, rigInput } from "../../src/commands/inputs.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function inWorld(options: Omit<WorldOptions, "hasTower">, play: (world: ChaosWorld) => Promise<void>) {
  const world = new ChaosWorld({ hasTower: false, ...options });
  try {
    await play(world);
    expect(world.violations).toEqual([]);
    expect(world.doubledRuns).toBe(0);
  } finally {
    world.close();
  }
}

/** Lets it run until this holds, or fake time is up. */
async function until(world: ChaosWorld, endMs: number, holds: () => boolean): Promise<void> {
  while (!holds() && (await world.step(endMs)));
}

const create = (world: ChaosWorld, beads: object[]) =>
  world.tell({ type: "beads_created", payload: beadsInput.parse({ beads }) });

/** From MAX_DAGS in the environment, so that a thousand can be had by command. */
const DAGS = Number(process.env.MAX_DAGS ?? 25);

test(`${DAGS} random graphs of 50 beads on 5 agents: none starts before all that it waits for has landed`, async () => {
  for (let seed = 1; seed <= DAGS; seed++)
    await inWorld({ seed, agents: 5 }, async (world) => {
      const { clock } = world;
      const edges = clock.random("dag") * 3;
      const beads = Array.from({ length: 50 }, (_, n) => ({
        rig: "lib",
        title: `bead ${n}`,
        ref: `r${n}`,
        priority: clock.between(0, 5, "dag"),
        dependsOn: Array.from({ length: n }, (_, m) => `r${m}`).filter(() => clock.random("dag") < edges / 10),
      }));
      create(world, beads);
      await until(
        world,
        100 * HOUR,
        () => world.count("SELECT count(*) AS n FROM beads WHERE status <> 'closed'") === 0,
      );
      expect(world.count("SELECT count(*) AS n FROM beads WHERE status = 'closed'"), `seed ${seed}`).toBe(50);
      const early = world.town.tx.all(sql`SELECT d.bead_id, d.blocker_id FROM bead_dependencies d
        WHERE (SELECT min(a.fence) FROM attempts a WHERE a.bead_id = d.bead_id)
          < (SELECT max(b.fence) FROM attempts b WHERE b.bead_id = d.blocker_id AND b.kind = 'landing' AND b.state = 'finished')`);
      expect(early, `seed ${seed}`).toEqual([]);
    });
}, 300_000);

test("a thousand beads of one rig delay the single bead of another by two starts at most", () =>
  inWorld({ seed: 1, agents: 1, settings: { maxAgents: 1 } }, async (world) => {
    world.tell({
      type: "rig_added",
      payload: { ...rigInput.parse({ id: "app", repoUrl: "/app.git", defaultBranch: "main" }), look: null },
    });
    world.tell({ type: "agent_added", payload: agentInput.parse({ id: "b1", rig: "app", command: ["x"] }) });
    for (let batch = 0; batch < 10; batch++)
      create(
        world,
        Array.from({ length: 100 }, () => ({ rig: "lib", title: "work", priority: 0 })),
      );
    await until(world, HOUR, () => world.spawned === 3);
    create(world, [{ rig: "app", title: "one", priority: 4 }]);
    const before = world.count("SELECT max(fence) AS n FROM attempts WHERE kind = 'run'");
    const started = () => world.count("SELECT fence AS n FROM attempts WHERE rig_id = 'app'");
    await until(world, HOUR, () => started() > 0);
    expect(
      world.count(
        `SELECT count(*) AS n FROM attempts WHERE kind = 'run' AND fence > ${before} AND fence < ${started()}`,
      ),
    ).toBeLessThanOrEqual(1);
  }));

test("a host that is dead for 70 hours is asked twelve times an hour, and found well by the next try", () =>
  inWorld({ seed: 1, agents: 5 }, async (world) => {
    world.conduct = { answer: "reject", beginsAfterMs: null };
    world.beads(20);
    const tries = () => world.count("SELECT last_fence AS n FROM town");
    let before = 0;
    for (let hour = 1; hour <= 70; hour++) {
      await until(world, hour * HOUR, () => false);
      // In the first hour it is found out, by as many starts as are under way at once.
      expect(tries() - before, `hour ${hour}`).toBeLessThanOrEqual(hour === 1 ? 24 : 12);
      before = tries();
    }
    expect(world.health).toMatchObject({ verdict: "spinning", evidence: { gate: "breaker" } });
    world.conduct = {};
    let triesBy = before;
    await until(world, 71 * HOUR, () => {
      if (world.count("SELECT count(*) AS n FROM attempts WHERE state = 'running'") === 0) triesBy = tries();
      return world.spawned > 0;
    });
    expect(triesBy - before).toBe(1);
    expect(world.nowMs - 70 * HOUR).toBeLessThanOrEqual(5 * MINUTE + 1_000);
    await until(world, 75 * HOUR, () => world.count("SELECT count(*) AS n FROM beads WHERE status <> 'closed'") === 0);
    expect(world.count("SELECT count(*) AS n FROM beads WHERE status = 'closed'")).toBe(20);
    expect(world.health.verdict).toBe("idle");
  }));
