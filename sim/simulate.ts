import { duringPass, readTown } from "../src/db/town-row.ts";
import { checkInvariants } from "../src/queries/invariants.ts";
import { MAX_SLEEP_MS } from "../src/reconciler/limits.ts";
import { Attention } from "./checks/attention.ts";
import { Begun } from "./checks/begun.ts";
import { checkBounds, checkPasses } from "./checks/bounds.ts";
import { checkExplained } from "./checks/explain.ts";
import { Follower } from "./checks/follower.ts";
import { checkIll } from "./checks/ill.ts";
import { Journal } from "./checks/journal.ts";
import { Caps, checkLandings, checkLimits } from "./checks/limits.ts";
import { checkConverged, checkHooks, checkHosts } from "./checks/plan.ts";
import { RigTroubles } from "./checks/rig-troubles.ts";
import { oneOf, rowsOf } from "./checks/scene.ts";
import { checkSlots } from "./checks/slots.ts";
import { checkStalls } from "./checks/stalls.ts";
import { checkWake, Liveness } from "./checks/wake.ts";
import type { SqlEngine } from "./engine.ts";
import type { Decision, Fault } from "./faults.ts";
import { openGates, planPauses } from "./gates.ts";
import { planHistory } from "./history.ts";
import { planImports } from "./imports.ts";
import { planJoined } from "./joined.ts";
import { planLasting } from "./lasting.ts";
import { drawSize, meddle, planMishaps, populate } from "./life.ts";
import { planRemotes } from "./remotes.ts";
import { planSettings } from "./settings.ts";
import { planTinkering } from "./tinker.ts";
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
  /** Of those that are gone by now. */
  pruned: number;
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
  /** Settings change every few minutes, under live runs. */
  restless?: boolean | undefined;
  /** Its hosts have joined it. */
  joined?: boolean | undefined;
  /** Something is wrong for long in it, of each kind. */
  troubled?: boolean | undefined;
  /** Until every promise that can go on has gone on. */
  drain(): Promise<void>;
}

/** How late a tick may be by true time: an alarm may be a minute late, or lost until somebody looks, minutes later. */
const OVERDUE_MS = 7 * 60_000;

/** One agent that may have one bead in review at a time takes long for the twenty that were left when the faults stopped. */
const PATIENCE_MS = 12 * 3_600_000;

/**
 * Longer than anything is kept, by some looks, after the last message that comes days late: it is news once more. And longer than
 * any alarm is set ahead: one whose agent was to wait for days, and has been called well since, still comes once for nothing.
 */
const FORGOTTEN_MS = MAX_SLEEP_MS + 6 * 24 * 3_600_000;

/** One town, one seed: a time in which things go wrong, then one in which everything must come to an end. */
export async function simulate({
  seed,
  engine,
  hours,
  only,
  restless = false,
  joined,
  troubled = false,
  drain,
}: Options): Promise<Outcome> {
  const world = new World(seed, engine, only ?? null, joined);
  const size = drawSize(world, hours);
  const clock = world.world;
  const bornMs = clock.nowMs;
  const endMs = bornMs + size.stormyMs + size.calmMs;
  planJoined(world, size);
  populate(world, size);
  planMishaps(world, size);
  planTinkering(world, size);
  planImports(world, size);
  meddle(world, endMs);
  planPauses(world, size.stormyMs);
  planHistory(world, size.stormyMs);
  planSettings(world, size, restless);
  planRemotes(world, size.stormyMs);
  planLasting(world, size, troubled);
  clock.after(size.stormyMs, () => {
    world.calmDown();
    openGates(world);
  });
  const inspector = new Inspector(world);
  const liveOn = async (untilMs: number): Promise<boolean> => {
    if (world.violations.length > 0 || !clock.step(untilMs)) return false;
    await drain();
    world.steps++;
    inspector.look();
    return true;
  };
  while (await liveOn(endMs));
  let ended = false;
  let seen = -1;
  const isEnded = (): boolean => {
    if (world.town.changes !== seen) ended = unended(world).length === 0;
    seen = world.town.changes;
    return ended;
  };
  while (!isEnded() && (await liveOn(endMs + PATIENCE_MS)));
  // What is over is to go, where it is not kept for ever, and an alarm that came too early finds nothing: then the town sleeps for good.
  const forgottenMs = clock.nowMs + FORGOTTEN_MS;
  while (world.town.alarmAtMs !== null && (await liveOn(forgottenMs)));
  if (world.violations.length === 0) inspector.lookAtTheEnd();
  return summary(world, seed, clock.nowMs - bornMs);
}

/** What the town still has to see to: a blocked bead waits for its blocker, and that is all it can do. */
const unended = (world: World) =>
  rowsOf<{ id: string; status: string }>(
    world,
    "SELECT id, status FROM beads WHERE status NOT IN ('closed', 'failed', 'cancelled') AND NOT (status = 'open' AND blocked_by > 0)",
  );

/** Runs the checks after each step, as far as something changed that they look at. */
class Inspector {
  readonly #world: World;
  readonly #journal = new Journal();
  readonly #begun = new Begun();
  readonly #liveness = new Liveness();
  readonly #caps = new Caps();
  readonly #attention = new Attention();
  readonly #follower = new Follower();
  readonly #rigTroubles = new RigTroubles();
  #commits = -1;
  #changes = -1;

  constructor(world: World) {
    this.#world = world;
    world.town.committed = () => this.#begun.check(world);
  }

  look(): void {
    const world = this.#world;
    const { town } = world;
    if (town.commits !== this.#commits) {
      this.#commits = town.commits;
      checkWake(world);
      checkPasses(world);
      this.#follower.check(world);
    }
    this.#liveness.check(world, OVERDUE_MS);
    if (town.changes === this.#changes) return;
    this.#changes = town.changes;
    this.#attention.check(world);
    // Nothing writes meanwhile, so the town's row is read once for all of them.
    duringPass(town.tx, () => this.#lookAtRows());
  }

  #lookAtRows(): void {
    const world = this.#world;
    const { town } = world;
    checkStalls(world);
    checkLimits(world);
    checkLandings(world);
    this.#caps.check(world);
    this.#journal.check(world);
    world.settlements.checkRecovery();
    world.settlements.checkGivenBack();
    checkSlots(world);
    checkConverged(world);
    checkExplained(world);
    this.#rigTroubles.check(world);
    checkIll(world);
    checkHooks(world);
    if (world.joined) checkHosts(world);
    world.history.check(world);
    for (const { invariant, detail } of checkInvariants(town.tx, town.nowMs, Number.MAX_SAFE_INTEGER))
      world.violation(`${invariant}: ${detail}`);
  }

  /** L3, L4: once faults stop, everything comes to an end, and then stays still. */
  lookAtTheEnd(): void {
    const world = this.#world;
    this.#changes = -1;
    this.look();
    this.#follower.check(world, true);
    world.history.checkEnd(world);
    checkBounds(world);
    for (const { id, status } of unended(world)) world.violation(`L3 ${id} is still ${status}`);
    // An agent may have been asked to wait for a day.
    const cools = oneOf(world, "SELECT 1 AS x FROM agents a, town t WHERE a.not_before_ms = t.next_wake_at_ms");
    if (world.town.alarmAtMs !== null && !cools) world.violation("L3 nothing is left to do and an alarm is set");
    const live = rowsOf<{ fence: number }>(world, "SELECT fence FROM attempts WHERE ended_at_ms IS NULL");
    if (live.length > 0) world.violation(`L3 attempts are still live: ${live.map(({ fence }) => fence).join(", ")}`);
    const running = world.hosts.flatMap((host) => host.taken());
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
    pruned: readTown(town.tx).pruning?.gone.beads ?? 0,
    simulatedMs,
    faults: faults.hits,
  };
}
