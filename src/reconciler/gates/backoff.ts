import { lte } from "drizzle-orm";
import { isRemotes, isRigsTrouble } from "../../attempts/policy.ts";
import { beads, type Failure } from "../../db/schema.ts";
import { slot } from "../../db/statements.ts";
import { iso } from "../../lib/time.ts";
import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

/** Loads only beads whose backoff is over. */
export const backoffIsOver = lte(beads.notBeforeMs, slot("nowMs"));

/** What its rig is in trouble with is said there. */
const isOfRig = (failure: Failure): boolean => isRigsTrouble(failure) || isRemotes(failure);

export const backoff = defineGate({
  name: "backoff",
  shutBy: "its last failure, for a while",
  before: "both",
  read({ bead: { notBeforeMs, lastFailure }, nowMs }: Pick<BeadFacts, "bead" | "nowMs">) {
    const since = lastFailure && !isOfRig(lastFailure) ? `, since: ${lastFailure.message}` : "";
    return notBeforeMs > nowMs ? shut(`it is not tried before ${iso(notBeforeMs)}${since}`, notBeforeMs) : null;
  },
  wayOut: (facts) => ask(facts, "Have it tried again now.", `POST /beads/${facts.bead.id}/retry`),
});
