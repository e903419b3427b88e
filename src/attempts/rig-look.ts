import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Rig, rigs } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { NOT_ASKED, type RigLook } from "../protocol/rig-look.ts";
import { troubleSeen, tryTroubles } from "./rig-trouble.ts";
import { failureSeen, rigSeenWell, whichSeen } from "./rig-well.ts";

/** Keeps what a host found at this rig's URL. The default branch that an operator has named stays. @param look null: no host looked */
export function keepLook(tx: Tx, before: Rig, look: RigLook | null, ctx: StepContext): Rig {
  if (!look || look.code === NOT_ASKED) return before;
  const rig = withBranch(tx, before, look.branch);
  const isMoved = rig.defaultBranch !== before.defaultBranch;
  const tried = isMoved ? tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx) : rig;
  const isRead = look.ok || look.branch !== null;
  const code = look.code ?? (isRead ? "no_branch" : "fetch_failed");
  // It is not pushed to before it is known to have the branch.
  const hasBranch = look.ok || look.pushed !== undefined;
  const seen = rigSeenWell(tx, tried, { isRead, hasBranch, isPushed: look.pushed === true }, ctx);
  return look.ok ? seen : troubleSeen(tx, seen, whichSeen(code), failureSeen(code, look, ctx), ctx);
}

/** The default branch is the one that was found, unless an operator has named one. */
function withBranch(tx: Tx, rig: Rig, found: string | null): Rig {
  if (found === null || rig.branchFrom === "given") return rig;
  const change = { defaultBranch: found, branchFrom: "remote" } as const;
  return tx.update(rigs).set(change).where(eq(rigs.id, rig.id)).returning().get();
}
