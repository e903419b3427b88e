import { createBeads } from "../beads/create.ts";
import type { Bead } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { beadsInput } from "../events/inputs.ts";

/** One bead or many, with the dependencies among them: all of them or none. */
export const beadsCreated = defineEvent({
  type: "beads_created",
  payload: beadsInput,
  apply: (tx, { beads }, { nowMs }): Bead[] => createBeads(tx, beads, nowMs),
});
