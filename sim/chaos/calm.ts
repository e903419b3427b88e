import { incidents } from "../../src/db/schema.ts";
import { ChaosWorld } from "./world.ts";

export interface Calm {
  ok: boolean;
  townHours: number;
  falseAlarms: number;
  /** The first of them. */
  alarms: string[];
}

interface Kind {
  name: string;
  agents: number;
  /** A share of all hours. */
  share: number;
  words: string[];
  /** How long until the next beads, and how many. */
  beads: { everyMs: number; most: number } | null;
  pauses?: boolean;
}

const HOUR = 3_600_000;
const WORLD_HOURS = 100;
const SHOWN = 5;
const LOOK_EVERY_MS = 60_000;
/** What waits for a person stays for a while where anything does. */
const READ_EVERY_MS = 10 * 60_000;

const kinds: readonly Kind[] = [
  { name: "idle", agents: 3, share: 0.505, words: ["idle"], beads: null },
  { name: "seldom", agents: 2, share: 0.26, words: ["idle", "healthy"], beads: { everyMs: 2 * HOUR, most: 3 } },
  { name: "healthy", agents: 3, share: 0.05, words: ["idle", "healthy"], beads: { everyMs: HOUR / 6, most: 4 } },
  { name: "busy", agents: 8, share: 0.005, words: ["idle", "healthy"], beads: { everyMs: HOUR / 6, most: 120 } },
  {
    name: "paused",
    agents: 2,
    share: 0.18,
    words: ["idle", "healthy", "paused"],
    beads: { everyMs: 8 * HOUR, most: 20 },
    pauses: true,
  },
];

/** Towns in which nothing is wrong, by the hour: whatever is said against one of them is a false alarm. */
export async function calmHours(hours: number, firstSeed = 1): Promise<Calm> {
  const alarms: string[] = [];
  let townHours = 0;
  let seed = firstSeed;
  for (const kind of kinds)
    for (let left = Math.ceil(hours * kind.share); left > 0; left -= WORLD_HOURS) {
      const span = Math.min(left, WORLD_HOURS);
      alarms.push(...(await live(kind, seed++, span)));
      townHours += span;
    }
  return { ok: alarms.length === 0, townHours, falseAlarms: alarms.length, alarms: alarms.slice(0, SHOWN) };
}

async function live(kind: Kind, seed: number, hours: number): Promise<string[]> {
  const world = new ChaosWorld({ seed, agents: kind.agents });
  const { clock } = world;
  const said = new Set<string>();
  const again = (everyMs: () => number, act: () => void) => {
    const next = () =>
      clock.after(everyMs(), () => {
        act();
        next();
      });
    next();
  };
  again(
    () => LOOK_EVERY_MS,
    () => {
      const { verdict, cause, pollStale, hasStuckQueue } = world.health;
      if (!kind.words.includes(verdict)) said.add(`${kind.name} town ${seed}: ${verdict}: ${cause}`);
      if (pollStale || hasStuckQueue) said.add(`${kind.name} town ${seed}: stale or stuck`);
    },
  );
  again(
    () => READ_EVERY_MS,
    () => {
      for (const { key, what } of world.attention) said.add(`${kind.name} town ${seed}: ${key}: ${what}`);
    },
  );
  const { beads } = kind;
  if (beads)
    again(
      () => clock.between(0, 2 * beads.everyMs, "arrivals"),
      () => world.beads(clock.between(1, beads.most + 1, "beads")),
    );
  if (kind.pauses)
    again(
      () => clock.between(HOUR, 20 * HOUR, "pauses"),
      () => {
        const until = new Date(clock.nowMs + clock.between(HOUR / 60, 10 * HOUR, "pause")).toISOString();
        world.tell({ type: "town_changed", payload: { paused: { by: "ann", why: "lunch", until } } });
      },
    );
  while (await world.step(hours * HOUR));
  const rows = world.town.tx.select().from(incidents).all();
  world.close();
  return [...said, ...rows.map(({ cause }) => `${kind.name} town ${seed}: ${cause}`), ...world.violations];
}
