import { eq, sql } from "drizzle-orm";
import { agents, attempts, beads } from "../src/db/schema.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { checkInvariants } from "../src/reconciler/invariants.ts";
import { DEAD_MAN_MS } from "../src/reconciler/limits.ts";
import { Clockwork } from "./clockwork.ts";
import { Faults } from "./faults.ts";
import { SimHost } from "./host.ts";
import { Crash } from "./storage.ts";
import { SimTown } from "./town.ts";

export interface Outcome {
  seed: number;
  violations: string[];
  steps: number;
  dispatches: number;
  crashes: number;
  alarms: number;
  closed: number;
  failed: number;
  simulatedMs: number;
  faults: Record<string, number>;
}

export interface Options {
  seed: number;
  hours?: number;
  /** Check the invariants after every n-th step. */
  every?: number;
}

const HOUR = 3_600_000;

/** One town, one seed: a day of work in which things go wrong, then quiet, in which everything must come to an end. */
export async function simulate({ seed, hours = 24, every = 7 }: Options): Promise<Outcome> {
  const world = new Clockwork(seed);
  const faults = new Faults(world);
  const violations: string[] = [];
  let steps = 0;
  const violation = (text: string) => {
    if (violations.length < 5) violations.push(`step ${steps}: ${text}`);
  };
  const landings = new Map<string, number>();

  const host: SimHost = new SimHost({
    world,
    faults,
    deliver: (report) => town.report(report),
    pushed: ({ kind, bead, fence }) => {
      const current = town.tx.select({ fence: beads.fence }).from(beads).where(eq(beads.id, bead)).get()?.fence ?? 0;
      if (fence < current) violation(`S6 fence ${fence} wrote for ${bead}, whose fence is ${current}`);
      if (kind === "landing") landings.set(bead, (landings.get(bead) ?? 0) + 1);
    },
    violation,
  });
  const failed = new Map<string, { atMs: number; fence: number }>();
  const backoffBaseMs = world.between(500, 10_000);
  const busy = world.random() < 0.5;
  const town = new SimTown(world, { backoffBaseMs, leaseMs: world.between(30_000, 120_000) }, (alive) =>
    watched(host, alive),
  );
  town.alarmDelayMs = () => (faults.strikes("alarmLate") ? world.between(0, 60_000) : 0);
  town.beforeCall = () => {
    if (!faults.strikes("townCrashes")) return;
    town.crash();
    throw new Crash();
  };

  /** S4: a start that failed leaves, once it is settled, no agent at work under its fence, unless its run lives after all. */
  function watched(of: SimHost, alive: () => boolean) {
    const port = of.port(alive);
    return {
      ...port,
      start: async (order: Parameters<typeof port.start>[0], signal: AbortSignal) => {
        const check = () => {
          if (!alive()) return;
          failed.set(order.bead, { atMs: world.nowMs, fence: order.fence });
          world.after(0, () => {
            if (!alive()) return;
            const agent = town.tx.select().from(agents).where(eq(agents.fence, order.fence)).get();
            if (agent && !of.liveFences().includes(order.fence))
              violation(`S4 fence ${order.fence} failed and ${agent.id} is still ${agent.status}`);
          });
        };
        const last = failed.get(order.bead);
        // The same fence again is the recovery of a crash, not a retry.
        if (last && last.fence !== order.fence && world.nowMs - last.atMs < Math.floor(backoffBaseMs / 2))
          violation(`S7 ${order.bead} was started again ${world.nowMs - last.atMs} ms after a failure`);
        try {
          const reply = await port.start(order, signal);
          if (reply === false) check();
          return reply;
        } catch (error) {
          check();
          throw error;
        }
      },
    };
  }

  const surely = (fact: Fact) => {
    for (;;) {
      try {
        const [outcome] = town.tell([fact], false);
        if (outcome?.status !== "applied") violation(`${fact.type} was not applied: ${JSON.stringify(outcome)}`);
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
  };
  surely({
    type: "rig_added",
    payload: { id: "lib", repoUrl: "/lib.git", defaultBranch: "main", gate: null, maxGateMs: 60_000 },
  });
  const agentCount = busy ? world.between(4, 12) : world.between(1, 3);
  for (let i = 1; i <= agentCount; i++)
    surely({
      type: "agent_added",
      payload: { id: `a${i}`, rig: "lib", role: "worker", command: ["x"], env: {}, maxRunMs: 60_000 },
    });

  const beadCount = busy ? world.between(20, 60) : world.between(2, 12);
  let created = 0;
  for (let i = 1; i <= beadCount; i++)
    world.after(world.between(0, hours * 0.5 * HOUR), () => {
      const dependsOn = created > 0 && world.random() < 0.3 ? [`lib-${world.between(1, created + 1)}`] : [];
      surely({
        type: "beads_created",
        payload: {
          beads: [{ rig: "lib", title: `bead ${i}`, body: "", type: "task", priority: world.between(0, 5), dependsOn }],
        },
      });
      created++;
    });

  const endMs = world.nowMs + hours * HOUR;
  const calmMs = world.nowMs + hours * 0.7 * HOUR;
  world.after(calmMs - world.nowMs, () => {
    faults.on = false;
  });
  const mishaps = world.random() < 0.5 ? world.between(1, 6) : 0;
  for (let i = 0; i < mishaps; i++) {
    const atMs = world.between(0, calmMs - world.nowMs - HOUR);
    world.after(atMs, () => (world.random() < 0.5 ? host.die() : host.pause(world.between(1_000, 600_000))));
  }

  while (world.step(endMs)) {
    await settled();
    steps++;
    if (steps % every === 0) inspect();
    if (violations.length > 0) break;
  }
  if (violations.length === 0) finalCheck();

  function inspect(): void {
    for (const { invariant, detail } of checkInvariants(town.tx, world.nowMs, DEAD_MAN_MS + 90_000))
      violation(`${invariant}: ${detail}`);
    const due = town.tx.get<{ at: number | null }>(sql`SELECT next_wake_at_ms AS at FROM town`)?.at ?? null;
    if (due !== null && town.alarmAtMs === null) violation("L1 something is due and no alarm is set");
    if (due !== null && world.nowMs - due > 180_000) violation("L1 what was due three minutes ago has not begun");
  }

  /** L3, L4: once faults stop, everything comes to an end, and then stays still. */
  function finalCheck(): void {
    inspect();
    const rows = town.tx.select({ id: beads.id, status: beads.status, blockedBy: beads.blockedBy }).from(beads).all();
    for (const { id, status, blockedBy } of rows)
      if (status !== "closed" && status !== "failed" && !(status === "open" && blockedBy > 0))
        violation(`L3 ${id} is still ${status}`);
    if (town.alarmAtMs !== null) violation("L3 nothing is left to do and an alarm is set");
    const live = town.tx
      .select({ fence: attempts.fence })
      .from(attempts)
      .where(sql`state IN ('starting', 'running')`)
      .all();
    if (live.length > 0) violation(`L3 attempts still live: ${live.map(({ fence }) => fence).join(", ")}`);
    if (host.liveFences().length > 0) violation(`L3 runs still live on the host: ${host.liveFences().join(", ")}`);
  }

  const count = (status: string) =>
    town.tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM beads WHERE status = ${status}`)?.n ?? 0;
  return {
    seed,
    violations,
    steps,
    dispatches: host.starts,
    crashes: town.crashes,
    alarms: town.alarms,
    closed: count("closed"),
    failed: count("failed"),
    simulatedMs: hours * HOUR,
    faults: faults.hits,
  };
}

/** Until every promise that can go on has gone on: a macrotask comes after all of them. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
