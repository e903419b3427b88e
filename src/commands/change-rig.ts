import { eq } from "drizzle-orm";
import { tryTroubles } from "../attempts/rig-trouble.ts";
import { existingRig } from "../db/existing.ts";
import { countPause, pausedAs } from "../db/pause.ts";
import { type Rig, rigs } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { rigChangeFound } from "./inputs.ts";

/**
 * Somebody says how this rig should be: paused or not, where it lies, its gate, its caps. What runs or lands goes on as it
 * began; what waits to land does so at the new place, or is done again where its branch isn't there.
 */
export const rigChanged = defineEvent({
  type: "rig_changed",
  payload: rigChangeFound,
  apply(tx, { rig: id, paused, ...others }, ctx) {
    const before = existingRig(tx, id);
    const pause = pausedAs(paused, before.paused, ctx.nowMs);
    if (pause !== undefined) countPause(tx, before.paused, pause);
    const rig = tx
      .update(rigs)
      .set({ id, ...others, ...(pause !== undefined && { paused: pause }) })
      .where(eq(rigs.id, id))
      .returning()
      .get();
    const moved = isOther(before, others, ["repoUrl", "defaultBranch"]);
    if (moved) return tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx);
    // Where the gate is not the trouble, another gate mends nothing.
    const gated =
      isOther(before, others, ["gate", "maxGateMs"]) && rig.landingTrouble?.failure.code.startsWith("gate_");
    return gated ? tryTroubles(tx, rig, ["landingTrouble"], ctx) : rig;
  },
});

/** Whether one of these is not as it was. */
const isOther = (
  before: Rig,
  after: { [K in keyof Rig]?: Rig[K] | undefined },
  names: readonly (keyof Rig)[],
): boolean =>
  names.some((name) => after[name] !== undefined && JSON.stringify(after[name]) !== JSON.stringify(before[name]));
