import { rigs } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { Refusal } from "../lib/guard.ts";
import { rigAddition } from "./inputs.ts";

export const rigAdded = defineEvent({
  type: "rig_added",
  payload: rigAddition,
  apply(tx, input, { nowMs }) {
    const rig = tx
      .insert(rigs)
      .values({ ...input, createdAtMs: nowMs })
      .onConflictDoNothing()
      .returning()
      .get();
    if (rig) return rig;
    throw new Refusal({
      status: 409,
      code: "rig_exists",
      detail: `There is a rig ${input.id} already.`,
      hint: "Choose another id.",
    });
  },
});
