import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

export const convoyHeld = defineGate({
  name: "convoy_held",
  shutBy: "a hold on its convoy",
  before: "runs",
  read: ({ isNew, convoy }: Pick<BeadFacts, "isNew" | "convoy">) =>
    isNew && convoy?.state === "held" ? shut(`its convoy ${convoy.id} is held`) : null,
  wayOut: (facts) => ask(facts, "Start its convoy.", `POST /convoys/${facts.convoy?.id}/start`),
});
