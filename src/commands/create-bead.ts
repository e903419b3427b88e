import { createBeads } from "../beads/create.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { beadInput } from "./inputs.ts";

/** As a batch of one: in the history of ticks it is the same. */
export const createBeadCommand = defineCommand({
  name: "create-bead",
  type: "beads_created",
  mendsNothing: true,
  method: "POST",
  path: "/beads",
  scope: "beads:write",
  summary:
    "Creates a bead. What it depends on is an id, or `{on, type}` with one of the types `blocks`, `related`, `discovered-from`, `parent-child`.",
  body: beadInput.transform((bead) => ({ beads: [bead] })),
  output: beadSchema,
  status: 201,
  location: ({ id }) => id,
  apply: (tx, { beads }, { nowMs }) => createBeads(tx, beads, nowMs),
  answer: ([bead]) => beadView(bead as NonNullable<typeof bead>),
});
