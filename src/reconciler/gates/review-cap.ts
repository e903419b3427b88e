import { counted } from "../../lib/text.ts";
import { defineGate, type PlanFacts, type Shut, shut } from "./gate.ts";
import { ask, raise } from "./way-out.ts";

/** Stands before what is begun anew. */
function read({ isNew, review, rigId }: Pick<PlanFacts, "isNew" | "review" | "rigId">): Shut | null {
  if (!isNew || !review || review.waiting < review.cap) return null;
  const { waiting, cap } = review;
  return shut(`${counted(waiting, "bead")} of rig ${rigId} wait${waiting === 1 ? "s" : ""} to land, and ${cap} may`);
}

export const reviewCap = defineGate({
  name: "review_cap",
  shutBy: "so much of its rig waits to land",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) =>
    facts.rig.maxInReview === null
      ? raise(facts, "maxInReviewPerRig")
      : ask(facts, "Raise its cap, or wait.", `PATCH /rigs/${facts.rig.id} {"maxInReview":…}`),
});
