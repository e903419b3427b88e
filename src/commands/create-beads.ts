import { z } from "zod";
import { createBeads } from "../beads/create.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { beadsInput } from "./inputs.ts";

export const createBeadsCommand = defineCommand({
  name: "create-beads",
  type: "beads_created",
  mendsNothing: true,
  method: "POST",
  path: "/beads:batch",
  scope: "beads:write",
  summary:
    "Creates beads, 200 at most, with the dependencies among them: all of them or none. `dependsOn` and `parent` take a `ref` of the batch, or an id.",
  body: beadsInput,
  output: z.object({ items: z.array(beadSchema) }),
  status: 201,
  apply: (tx, { beads }, { nowMs }) => createBeads(tx, beads, nowMs),
  answer: (made) => ({ items: made.map(beadView) }),
});
