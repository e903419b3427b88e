import { eq } from "drizzle-orm";
import { troubleSeen, tryTroubles } from "../attempts/rig-trouble.ts";
import { failureSeen, rigSeenWell } from "../attempts/rig-well.ts";
import { rigSeen } from "../commands/inputs.ts";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { type Rig, rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";

/** A host looked what is at this rig's URL. The default branch that a person has named stays. */
export const rigLooked = defineEvent({
  type: "rig_looked",
  payload: rigSeen,
  apply(tx, { rig: id, repoUrl, look }, ctx) {
    const before = existingRig(tx, id);
    if (before.repoUrl !== repoUrl)
      throw refusal(409, "rig_changed", `${id} was changed while its host looked.`, "Ask again.");
    const rig = withBranch(tx, before, look.branch);
    const isMoved = rig.defaultBranch !== before.defaultBranch;
    const tried = isMoved ? tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx) : rig;
    const isRead = look.ok || look.branch !== null;
    const seen = rigSeenWell(tx, tried, { isRead, hasBranch: look.ok, isPushed: false }, ctx);
    if (look.ok) return seen;
    const code = look.code ?? (isRead ? "no_branch" : "fetch_failed");
    return troubleSeen(tx, seen, "pushTrouble", failureSeen(code, look, ctx), ctx);
  },
});

/** The default branch is the one that was found, unless a person has named one. */
function withBranch(tx: Tx, rig: Rig, found: string | null): Rig {
  if (found === null || rig.branchFrom === "given") return rig;
  const change = { defaultBranch: found, branchFrom: "remote" } as const;
  return tx.update(rigs).set(change).where(eq(rigs.id, rig.id)).returning().get();
}
