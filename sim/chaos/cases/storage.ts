/** The town's own storage, and what stands in it. */
import type { ChaosWorld } from "../world.ts";
import { type Case, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

const damages = (world: ChaosWorld, statement: string): void => {
  world.beads(5);
  world.town.engine.sql.exec(statement);
};

export const storageCases: readonly Case[] = [
  {
    ...usual,
    name: "a bead's row is damaged",
    breaks: (world) => damages(world, "UPDATE beads SET touches = '{' WHERE id = 'lib-2'"),
    items: ["unreadable lib-2"],
    lines: ["UNREADABLE", "DISMISSED"],
  },
  {
    ...usual,
    name: "an agent's row is damaged",
    breaks: (world) => damages(world, "UPDATE agents SET command = '{' WHERE id = 'a1'"),
    items: ["unreadable a1"],
    lines: ["UNREADABLE", "DISMISSED"],
  },
  {
    ...usual,
    name: "the town's disk is full",
    breaks: (world) => {
      world.beads(5);
      world.clock.after(2_000, () => {
        world.isDiskFull = true;
      });
    },
    mendsAtMs: 10 * MINUTE,
    mends: (world) => {
      world.isDiskFull = false;
    },
    verdict: "failing",
    // That it did not go on meanwhile is put on record when that can be written.
    healedBy: "the loop itself",
    items: [],
    lines: ["FAILING", "SUCCEEDING", "STALE", "RECOVERED"],
    neighboursWithinMs: null,
  },
];
