import { eq } from "drizzle-orm";
import { forgetTrouble, remoteIsThere } from "../attempts/rig-trouble.ts";
import { rigSeen } from "../commands/inputs.ts";
import { existingRig } from "../db/existing.ts";
import { rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";

/** A host looked what is at this rig's URL, so its remote is there. The default branch that a person has named stays. */
export const rigLooked = defineEvent({
  type: "rig_looked",
  payload: rigSeen,
  apply(tx, { rig: id, repoUrl, defaultBranch }, ctx) {
    const rig = existingRig(tx, id);
    if (rig.repoUrl !== repoUrl)
      throw refusal(409, "rig_changed", `${id} was changed while its host looked.`, "Ask again.");
    const found = remoteIsThere(tx, rig, ctx);
    if (rig.branchFrom === "given") return found;
    const seen = tx.update(rigs).set({ defaultBranch, branchFrom: "remote" }).where(eq(rigs.id, id)).returning().get();
    return seen.defaultBranch === rig.defaultBranch
      ? seen
      : forgetTrouble(tx, seen, ["landingTrouble", "pushTrouble"], ctx);
  },
});
