/** Hangs, failures and absences of the whole town. */
import { ALARM_HANGS_MS } from "../../../src/reconciler/limits.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, DAY, HOUR, MINUTE } from "./case.ts";

/** With heartbeats every 12 s: ten of them. */
const THRESHOLD_MS = 120_000;
/** A tower looks 15 s after a wake, and then every half minute. */
const ONE_LOOK_MS = 46_000;

const changed = (world: ChaosWorld, payload: Record<string, unknown>) =>
  world.tell({ type: "town_changed", payload } as never);
const enabled = (world: ChaosWorld, agents: number, yes: boolean) => {
  for (let n = 1; n <= agents; n++)
    world.tell({ type: "agent_changed", payload: { agent: `a${n}`, enabled: yes } } as never);
};

/** Makes whatever reads this table fail, as a damaged row or a failing disk would. */
function fails(world: ChaosWorld, table: string): void {
  const { sql } = world.town.engine;
  sql.exec(`ALTER TABLE ${table} RENAME TO ${table}_away`);
}
const mended = (world: ChaosWorld, table: string) =>
  world.town.engine.sql.exec(`ALTER TABLE ${table}_away RENAME TO ${table}`);

export const loopCases: readonly Case[] = [
  {
    name: "a tick hangs: its effect and every timer with it",
    agents: 1,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.town.hangs = { disk: false, timers: true };
      world.beads(1);
    },
    endsAtMs: HOUR,
    items: ["stalled sim"],
    neighboursWithinMs: null,
    verdict: "stalled",
    withinTicks: 3,
    withinMs: THRESHOLD_MS + ONE_LOOK_MS,
    healedBy: "the watchtower",
    lines: ["STALE", "RECOVERED"],
  },
  {
    name: "an alarm hangs before its tick, on the disk",
    agents: 1,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.conduct = { answer: "no", beginsAfterMs: null };
      world.beads(1);
      world.clock.after(100, () => {
        world.town.hangs = { disk: true, timers: false };
        world.conduct = { workMs: 10 * MINUTE };
      });
    },
    endsAtMs: HOUR,
    items: ["stalled sim"],
    neighboursWithinMs: null,
    verdict: "stalled",
    onTheWay: ["late"],
    withinTicks: 3,
    withinMs: ALARM_HANGS_MS + THRESHOLD_MS + ONE_LOOK_MS,
    healedBy: "the watchtower",
    lines: ["STALE", "RECOVERED"],
  },
  {
    name: "the alarm is lost",
    agents: 1,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.conduct = { answer: "no", beginsAfterMs: null };
      world.beads(1);
      let lost = 0;
      world.town.platform.isLost = () => lost++ === 0;
      world.clock.after(100, () => {
        world.conduct = {};
      });
    },
    endsAtMs: HOUR,
    items: [],
    neighboursWithinMs: null,
    verdict: "late",
    withinTicks: 3,
    withinMs: 30_000,
    healedBy: "the watchtower",
    lines: ["LATE", "RECOVERED"],
  },
  {
    name: "every alarm throws for a while",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.beads(4);
      world.clock.after(5_000, () => fails(world, "effects"));
    },
    mendsAtMs: 4 * MINUTE,
    mends: (world) => mended(world, "effects"),
    endsAtMs: HOUR,
    items: ["failing sim"],
    neighboursWithinMs: null,
    verdict: "spinning",
    withinTicks: 3,
    withinMs: MINUTE,
    healedBy: "the loop itself",
    lines: ["FAILING", "SUCCEEDING"],
  },
  {
    name: "the host hangs",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.hostHangs = true;
      world.beads(3);
    },
    mendsAtMs: 20 * MINUTE,
    mends: (world) => {
      world.hostHangs = false;
    },
    endsAtMs: 2 * HOUR,
    items: ["breaker own"],
    neighboursWithinMs: null,
    verdict: "spinning",
    withinTicks: 3,
    withinMs: 10 * MINUTE,
    healedBy: "an operator",
    lines: ["SPINNING", "SETTLED"],
  },
  {
    name: "every start is refused",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.conduct = { answer: "no", beginsAfterMs: null };
      world.beads(3);
    },
    mendsAtMs: 20 * MINUTE,
    mends: (world) => {
      world.conduct = {};
    },
    endsAtMs: 2 * HOUR,
    items: ["breaker own"],
    neighboursWithinMs: null,
    verdict: "spinning",
    withinTicks: 3,
    withinMs: 5 * MINUTE,
    healedBy: "an operator",
    lines: ["SPINNING", "SETTLED"],
  },
  {
    name: "all agents are disabled",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: (world) => {
      enabled(world, 2, false);
      world.beads(5);
    },
    // The request that is shown enables one of them, which is enough.
    mendsAtMs: HOUR,
    endsAtMs: 2 * HOUR,
    items: ["stuck lib"],
    neighboursWithinMs: null,
    verdict: "starved",
    withinTicks: 3,
    withinMs: 2_000,
    healedBy: "an operator",
    lines: ["STUCK", "SERVED"],
  },
  {
    name: "somebody pauses it",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: (world) => {
      changed(world, { paused: { by: "ann", why: "a release" } });
      world.beads(50);
    },
    mendsAtMs: DAY,
    mends: (world) => changed(world, { paused: null }),
    endsAtMs: DAY + 2 * HOUR,
    items: [],
    neighboursWithinMs: null,
    verdict: "paused",
    withinTicks: 3,
    withinMs: 2_000,
    healedBy: null,
    lines: ["PAUSED", "UNPAUSED"],
  },
  {
    name: "it sleeps for a week",
    agents: 2,
    breaksAtMs: 30_000,
    breaks: () => {},
    mendsAtMs: 7 * DAY,
    mends: (world) => world.beads(3),
    endsAtMs: 7 * DAY + HOUR,
    items: [],
    neighboursWithinMs: null,
    verdict: null,
    withinTicks: 0,
    withinMs: 0,
    healedBy: null,
    lines: [],
  },
  {
    name: "its process is restarted in the middle of ten runs",
    agents: 10,
    breaksAtMs: 30_000,
    breaks: (world) => {
      world.beads(30);
      for (const ms of [15, 30, 5_000, 20_000]) world.clock.after(ms, () => world.town.crash());
    },
    endsAtMs: HOUR,
    items: [],
    neighboursWithinMs: null,
    verdict: null,
    withinTicks: 0,
    withinMs: 0,
    healedBy: null,
    lines: [],
  },
];
