/** What happens in a town, a line each: what moved between two looks, and what waits for a person. */
import { z } from "zod";
import { quoted } from "../src/lib/text.ts";
import type { TownApi } from "./api.ts";
import { ApiProblem } from "./client.ts";
import type { Again } from "./town/again.ts";
import type { Attention } from "./town/answers.ts";
import { type Snapshot, transitions } from "./transitions.ts";

/** What is known of a town. */
export interface Known {
  last: Snapshot | null;
  /** What waits for a person and has been told, by its key, in the words in which it was. */
  told: ReadonlyMap<string, string>;
}

export const UNKNOWN: Known = { last: null, told: new Map() };

/** What is new since the last look; what was there at the first is not, except what waits. @param again names the town */
export async function news(
  api: TownApi,
  town: string,
  again: Again,
  before: Known,
): Promise<{ now: Known; lines: string[] }> {
  try {
    const [snapshot, { items: waiting }] = await Promise.all([api.newest(town), api.of(town).get("/attention", {})]);
    const moved =
      before.last === null ? [] : [...queued(before.last, snapshot), ...transitions(before.last, snapshot, Date.now())];
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
  } catch (error) {
    // While it starts, or its storage fails, its health says what there is to say.
    if (error instanceof ApiProblem || error instanceof z.ZodError || error instanceof TypeError)
      return { now: before, lines: [] };
    throw error;
  }
}

/** Of those that are at work already, that is said. */
function queued(before: Snapshot, { beads }: Snapshot): string[] {
  const known = new Set(before.beads.map(({ id }) => id));
  return beads
    .filter(({ id, status }) => status === "open" && !known.has(id))
    .map(({ id, title }) => `${id} queued: ${title}`);
}

const waitsLine = ({ severity, what }: Attention["items"][number], again: Again): string =>
  `${severity}, waits for you: ${quoted(what)} (${again("attention")})`;
