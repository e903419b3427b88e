import { isRemotes } from "../../attempts/policy.ts";
import { defineGate, type PlanFacts, type Pushes, type Shut, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

type Facts = Pick<PlanFacts, "kind" | "rigId" | "nowMs" | "pushes" | "landingTrouble">;

/** A few runs may find out whether the remote takes branches again. */
function ofRuns(rigId: string, { left, trouble }: Pushes, nowMs: number): Shut | null {
  if (left > 0) return null;
  const { failure, untilMs } = trouble;
  const isAway = isRemotes(failure);
  if (untilMs !== null && nowMs < untilMs) {
    const what = isAway ? `runs of rig ${rigId} wait for its remote` : `the remote takes no branch of rig ${rigId}`;
    return shut(`${what}: ${failure.message}`, untilMs);
  }
  const what = isAway ? `the remote of rig ${rigId} is there again` : `the remote takes branches of rig ${rigId} again`;
  return shut(`one run finds out whether ${what}`);
}

function read({ kind, rigId, nowMs, pushes, landingTrouble }: Facts): Shut | null {
  if (kind === "start") return pushes && ofRuns(rigId, pushes, nowMs);
  if (landingTrouble === null) return null;
  return shut(`landings of rig ${rigId} wait: ${landingTrouble.failure.message}`, landingTrouble.untilMs);
}

export const rigTrouble = defineGate({
  name: "rig_trouble",
  shutBy: "its rig's remote, which can't be reached or takes nothing, or its gate",
  before: "both",
  read,
  inPlan: read,
  wayOut: (facts) =>
    ask(
      facts,
      "Mend what it names; then say so, or wait for the next try.",
      `POST /rigs/${facts.rig.id}/landings/retry`,
    ),
});
