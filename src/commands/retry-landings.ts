import { forgetTrouble } from "../attempts/rig-trouble.ts";
import { existingRig } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/protocol.ts";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** A person says that a rig's remote and gate are well: what waited for that is tried at once. */
export const retryLandingsCommand = defineCommand({
  name: "retry-landings",
  type: "landings_retried",
  method: "POST",
  path: "/rigs/{rig}/landings/retry",
  summary: "Tries what waits for a rig's remote or gate at once.",
  params: { rig: slug },
  output: rigSchema,
  apply(tx, { rig: id }, ctx) {
    const rig = existingRig(tx, id);
    if (rig.landingTrouble || rig.pushTrouble) return forgetTrouble(tx, rig, ["landingTrouble", "pushTrouble"], ctx);
    const detail = `Rig ${id} is not known to be in trouble.`;
    throw refusal(409, "nothing_to_retry", detail, "GET …/beads/{id}/explain says what a bead waits for.");
  },
  answer: rigView,
});
