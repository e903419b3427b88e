import { eq } from "drizzle-orm";
import { existingRig } from "../db/existing.ts";
import { countPause, pausedAs } from "../db/pause.ts";
import { rigs } from "../db/schema.ts";
import { defineEvent } from "./define.ts";
import { rigChange } from "./inputs.ts";

/**
 * Somebody says how this rig should be: paused or not, where it lies, its gate, its caps. What runs or lands goes on as it
 * began; what waits to land does so at the new place, or is done again where its branch isn't there.
 */
export const rigChanged = defineEvent({
  type: "rig_changed",
  payload: rigChange,
  apply(tx, { rig: id, paused, ...others }, { nowMs }) {
    const before = existingRig(tx, id);
    const pause = pausedAs(paused, before.paused, nowMs);
    if (pause !== undefined) countPause(tx, before.paused, pause);
    return tx
      .update(rigs)
      .set({ id, ...others, ...(pause !== undefined && { paused: pause }) })
      .where(eq(rigs.id, id))
      .returning()
      .get();
  },
});
