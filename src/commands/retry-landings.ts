import { tryTroubles } from "../attempts/rig-trouble.ts";
import { waitingIn } from "../attempts/rig-waits.ts";
import { existingRig } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { rigRetriedSchema, rigView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** A person says that a rig's remote and gate are well: what waited for that is tried at once, and tells whether it is so. */
export const retryLandingsCommand = defineCommand({
  name: "retry-landings",
  type: "landings_retried",
  method: "POST",
  path: "/rigs/{rig}/landings/retry",
  scope: "work:control",
  summary: "Tries what waits for a rig's remote or gate at once.",
  params: { rig: slug },
  output: rigRetriedSchema,
  apply(tx, { rig: id }, ctx) {
    const rig = existingRig(tx, id);
    if (rig.landingTrouble || rig.pushTrouble) {
      const { runs, landings } = waitingIn(tx, id);
      const tried = { runs: rig.pushTrouble ? runs : 0, landings: rig.landingTrouble ? landings : 0 };
      return { rig: tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx), tried };
    }
    const detail = `Rig ${id} is not known to be in trouble.`;
    throw refusal(409, "nothing_to_retry", detail, "GET …/beads/{id}/explain says what a bead waits for.");
  },
  answer: ({ rig, tried }) => ({ ...rigView(rig), tried }),
});
