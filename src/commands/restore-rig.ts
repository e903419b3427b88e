import { theRig } from "../db/existing.ts";
import { countPause } from "../db/pause.ts";
import { takeRemoved } from "../db/removals.ts";
import { type Rig, rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** As it was set. What it was in trouble with shows again with its first work, if it is there still. */
export const restoreRigCommand = defineCommand({
  name: "restore-rig",
  type: "rig_restored",
  method: "POST",
  path: "/rigs/{rig}/restore",
  scope: "rigs:write",
  summary: "Brings back a rig that was removed, as it was set.",
  params: { rig: slug },
  output: rigSchema,
  apply(tx, { rig: id }, ctx): Rig {
    if (theRig(tx).get({ id }))
      throw refusal(409, "rig_exists", `There is a rig ${id}.`, "Only what was removed can be brought back.");
    const row = takeRemoved(tx, "rig", id, ctx).row as unknown as Rig;
    const rig = tx
      .insert(rigs)
      .values({ ...row, landingTrouble: null, pushTrouble: null })
      .returning()
      .get();
    countPause(tx, `rig ${id}`, { before: null, after: rig.paused }, ctx.news);
    return rig;
  },
  answer: rigView,
});
