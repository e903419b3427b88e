import { isRemotes } from "../../attempts/policy.ts";
import { wordsOf } from "../../attempts/rig-words.ts";
import { defineGate, type PlanFacts, type Pushes, type Shut, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

type Facts = Pick<PlanFacts, "kind" | "rigId" | "nowMs" | "pushes" | "landingTrouble">;

/** A few runs may find out whether the remote takes branches again. */
function ofRuns(rigId: string, { left, trouble }: Pushes, nowMs: number): Shut | null {
  if (left > 0) return null;
  const { failure, untilMs } = trouble;
  const isAway = isRemotes(failure);
  if (untilMs !== null && nowMs < untilMs) {
    const what = isAway ? `runs of rig ${rigId} wait for its remote` : `runs of rig ${rigId} wait`;
    return shut(`${what}: ${wordsOf(failure).words}`, untilMs);
  }
  const isMissing = failure.code === "no_branch";
  const what = isMissing ? `the default branch of rig ${rigId}` : `the remote of rig ${rigId}`;
  return shut(`one run finds out whether ${what} ${isAway || isMissing ? "is there" : "takes branches"} again`);
}

function read({ kind, rigId, nowMs, pushes, landingTrouble }: Facts): Shut | null {
  if (kind === "start") return pushes && ofRuns(rigId, pushes, nowMs);
  if (landingTrouble === null) return null;
  return shut(`landings of rig ${rigId} wait: ${wordsOf(landingTrouble.failure).words}`, landingTrouble.untilMs);
}

/** What mends it, where its host could say. */
function remedyOf({ kind, pushes, landingTrouble }: Facts): string | null {
  const trouble = kind === "start" ? pushes?.trouble : landingTrouble;
  return trouble ? wordsOf(trouble.failure).remedy : null;
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
      `${remedyOf(facts) ?? "Mend what it names."} Then say so, or wait for the next try.`,
      `POST /rigs/${facts.rig.id}/landings/retry`,
    ),
});
