/** What happens in a town, a line each: what moved between two looks, and what waits for a person. */
import { z } from "zod";
import { quoted } from "../src/lib/text.ts";
import type { Agent, Attempt, Bead, TownApi } from "./api.ts";
import { ApiProblem } from "./client.ts";
import type { Message } from "./stream.ts";
import type { Again } from "./town/again.ts";
import type { Attention } from "./town/answers.ts";
import { asTheyWereMade, type Snapshot, transitions } from "./transitions.ts";

/** What is known of a town. */
export interface Known {
  last: Snapshot | null;
  /** What waits for a person and has been told, by its key, in the words in which it was. */
  told: ReadonlyMap<string, string>;
}

export const UNKNOWN: Known = { last: null, told: new Map() };

interface News {
  now: Known;
  lines: string[];
}

/** What is new in a town that is asked how it is. @param again names the town */
export async function news(api: TownApi, town: string, again: Again, before: Known): Promise<News> {
  try {
    const [snapshot, { items }] = await Promise.all([api.newest(town), api.of(town).get("/attention", {})]);
    return newIn(before, snapshot, items, again);
  } catch (error) {
    // While it starts, or its storage fails, its health says what there is to say.
    if (error instanceof ApiProblem || error instanceof z.ZodError || error instanceof TypeError)
      return { now: before, lines: [] };
    throw error;
  }
}

/** The same of a town that tells what changes: all that is known of it is kept. */
export class Reading {
  #known: Known = { ...UNKNOWN };
  readonly #beads = new Map<string, Bead>();
  readonly #attempts = new Map<number, Attempt>();
  readonly #agents = new Map<string, Agent>();
  readonly #sinceMs: number;

  /** @param sinceMs what was made from then on is new, also where the first message has it */
  constructor(sinceMs = Number.POSITIVE_INFINITY) {
    this.#sinceMs = sinceMs;
  }

  /** @returns what is new by this message */
  read({ type, beads = [], attempts = [], agents = [], attention, gone = [] }: Message, again: Again): string[] {
    if (type === "dropped") return [];
    // A further snapshot is what was missed; what is over is not in it, and stays as it was known.
    for (const each of beads) this.#beads.set(each.id, each);
    for (const each of attempts) this.#attempts.set(each.fence, each);
    for (const each of agents) this.#agents.set(each.id, each);
    for (const { kind, id } of gone) if (kind === "bead") this.#beads.delete(String(id));
    const snapshot = {
      beads: [...this.#beads.values()],
      attempts: [...this.#attempts.values()],
      agents: [...this.#agents.values()],
    };
    this.#known.last ??= madeBefore(this.#sinceMs, snapshot);
    const { now, lines } = newIn(this.#known, snapshot, attention?.items ?? null, again);
    this.#known = now;
    return lines;
  }
}

/** What is new since the last look; what was there at the first is not, except what waits. @param waiting null: as before */
function newIn(before: Known, snapshot: Snapshot, waiting: Item[] | null, again: Again): News {
  const moved =
    before.last === null ? [] : [...queued(before.last, snapshot), ...transitions(before.last, snapshot, Date.now())];
  if (waiting === null) return { now: { last: snapshot, told: before.told }, lines: moved };
  const fresh = waiting.filter(({ key }) => !before.told.has(key));
  const told = new Map(waiting.map(({ key, what }) => [key, before.told.get(key) ?? what]));
  const over = [...before.told].filter(([key]) => !told.has(key));
  return {
    now: { last: snapshot, told },
    lines: [
      ...moved,
      ...fresh.map((item) => waitsLine(item, again)),
      ...over.map(([, what]) => `no longer waits for you: ${quoted(what)}`),
    ],
  };
}

/** A town as it was at that time, as far as that can be seen of it now. */
function madeBefore(ms: number, { beads, attempts, agents }: Snapshot): Snapshot {
  const isBefore = (at: string | null): boolean => at === null || Date.parse(at) < ms;
  return {
    beads: beads.filter(({ createdAt }) => isBefore(createdAt)),
    attempts: attempts.filter(({ startedAt }) => isBefore(startedAt)),
    agents,
  };
}

/** Those that are at work already were queued first. Of those that are over, that is said alone: some never waited. */
function queued(before: Snapshot, { beads }: Snapshot): string[] {
  const known = new Set(before.beads.map(({ id }) => id));
  return beads
    .filter(({ id, status }) => !OVER.has(status) && !known.has(id))
    .toSorted(asTheyWereMade)
    .map(({ id, title }) => `${id} queued: ${title}`);
}

const OVER: ReadonlySet<Bead["status"]> = new Set(["closed", "cancelled"]);

type Item = Attention["items"][number];
const waitsLine = ({ severity, what, target }: Item, again: Again): string => {
  const why = target.type === "bead" ? `, ${again(`explain ${target.id}`)}` : "";
  return `${severity}, waits for you: ${quoted(what, WAITS_CHARS)} (${again("attention")}${why})`;
};
/** So that what a gate said last is in it. */
const WAITS_CHARS = 400;
