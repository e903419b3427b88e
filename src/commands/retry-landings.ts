import { z } from "zod";
import { tryTroubles } from "../attempts/rig-trouble.ts";
import { waitingIn } from "../attempts/rig-waits.ts";
import { existingRig } from "../db/existing.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/protocol.ts";

/** A person says that a rig's remote and gate are well: what waits for that is tried at once, and tells whether it is so. */
export const landingsRetried = defineEvent({
  type: "landings_retried",
  payload: z.strictObject({ rig: slug }),
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
});
