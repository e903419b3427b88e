import { checkInvariants } from "../src/reconciler/invariants.ts";
import { Journal } from "./checks/journal.ts";
import { checkConverged, checkHooks, checkLeases } from "./checks/plan.ts";
import { oneOf, rowsOf } from "./checks/scene.ts";
import { checkWake, Liveness } from "./checks/wake.ts";
import type { SqlEngine } from "./engine.ts";
import type { Decision, Fault } from "./faults.ts";
import { drawSize, meddle, planMishaps, populate } from "./life.ts";
import { World } from "./world.ts";

export interface Outcome {
  seed: number;
  violations: string[];
  /** What went wrong in this world, in order. */
  struck: Decision[];
  steps: number;
  dispatches: number;
  crashes: number;
  alarms: number;
  closed: number;
  failed: number;
  cancelled: number;
  simulatedMs: number;
  faults: Partial<Record<Fault, number>>;
}

export interface Options {
  seed: number;
  engine: SqlEngine;
  /** How long things go wrong; drawn from the seed if left out. */
  hours?: number | undefined;
  /** A replay with these faults alone. */
  only?: readonly string[] | undefined;
  /** Until every promise that can go on has gone on. */
  drain(): Promise<void>;
}

/** How late a tick may be by true time: an alarm may be a minute late, or lost until somebody looks, minutes later. */
const OVERDUE_MS = 7 * 60_000;

/** One town, one seed: a time in which things go wrong, then one in which everything must come to an end. */
export async function simulate({ seed, engine, hours, only, drain }: Options): Promise<Outcome> {
  const world = new World(seed, engine, only ?? null);
  const size = drawSize(world, hours);
  const clock = world.world;
  const bornMs = clock.nowMs;
  const endMs = bornMs + size.stormyMs + size.calmMs;
  populate(world, size);
  planMishaps(world, size);
  meddle(world, endMs);
  clock.after(size.stormyMs, () => {
    world.calmDown();
  });
  const inspector = new Inspector(world);
  while (world.violations.length === 0 && clock.step(endMs)) {
    await drain();
    world.steps++;
    inspector.look();
  }
  if (world.violations.length === 0) inspector.lookAtTheEnd();
  return summary(world, seed, clock.nowMs - bornMs);
}

/** Runs the checks after each step, as far as something changed that they look at. */
class Inspector {
  readonly #world: World;
  readonly #journal = new Journal();
  readonly #liveness = new Liveness();
  #commits = -1;
  #changes = -1;

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const world = this.#world;
    const { town } = world;
    if (town.commits !== this.#commits) {
      this.#commits = town.commits;
      checkWake(world);
      checkLeases(world);
    }
    this.#liveness.check(world, OVERDUE_MS);
    if (town.changes === this.#changes) return;
    this.#changes = town.changes;
    this.#journal.check(world);
    world.settlements.checkRecovery();
    world.settlements.checkSlots();
    checkConverged(world);
    checkHooks(world);
    for (const { invariant, detail } of checkInvariants(town.tx, town.nowMs, Number.MAX_SAFE_INTEGER))
      world.violation(`${invariant}: ${detail}`);
  }

  /** L3, L4: once faults stop, everything comes to an end, and then stays still. */
  lookAtTheEnd(): void {
    const world = this.#world;
    this.#changes = -1;
    this.look();
    const unended = rowsOf<{ id: string; status: string; blocked: number }>(
      world,
      "SELECT id, status, blocked_by AS blocked FROM beads WHERE status NOT IN ('closed', 'failed', 'cancelled') AND NOT (status = 'open' AND blocked_by > 0)",
    );
    for (const { id, status } of unended) world.violation(`L3 ${id} is still ${status}`);
    if (world.town.alarmAtMs !== null) world.violation("L3 nothing is left to do and an alarm is set");
    const live = rowsOf<{ fence: number }>(
      world,
      "SELECT fence FROM attempts WHERE state IN ('starting', 'running', 'stopping')",
    );
    if (live.length > 0) world.violation(`L3 attempts are still live: ${live.map(({ fence }) => fence).join(", ")}`);
    const running = world.hosts.flatMap((host) => host.live());
    if (running.length > 0) world.violation(`L3 runs are still live: ${running.map(({ fence }) => fence).join(", ")}`);
    const busy = oneOf<{ id: string; status: string }>(
      world,
      "SELECT id, status FROM agents WHERE status <> 'idle' OR bead_id IS NOT NULL",
    );
    if (busy) world.violation(`L3 agent ${busy.id} is still ${busy.status}`);
    const pending = oneOf<{ id: number; tries: number }>(
      world,
      "SELECT id, tries FROM events WHERE quarantined_at_ms IS NULL",
    );
    if (pending) world.violation(`L3 event ${pending.id} is still pending after ${pending.tries} tries`);
  }
}

function summary(world: World, seed: number, simulatedMs: number): Outcome {
  const count = (status: string) =>
    oneOf<{ n: number }>(world, "SELECT count(*) AS n FROM beads WHERE status = ?", status)?.n ?? 0;
  const { violations, steps, town, hosts, faults } = world;
  return {
    seed,
    violations,
    struck: faults.struck,
    steps,
    dispatches: hosts.reduce((sum, { starts }) => sum + starts, 0),
    crashes: town.crashes,
    alarms: town.alarms,
    closed: count("closed"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    simulatedMs,
    faults: faults.hits,
  };
}
