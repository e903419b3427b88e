import { createBeads } from "../db/beads/create.ts";
import type { Bead } from "../db/schema.ts";
import { defineEvent } from "./define.ts";
import { beadsInput } from "./inputs.ts";

/** One bead or many, with the dependencies among them: all of them or none. */
export const beadsCreated = defineEvent({
  type: "beads_created",
  payload: beadsInput,
  apply: (tx, { beads }, { nowMs }): Bead[] => createBeads(tx, beads, nowMs),
});
