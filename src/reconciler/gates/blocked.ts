import { type BeadFacts, defineGate, type Shut, shut } from "./gate.ts";
import { ask, wait } from "./way-out.ts";

/** What it is, what it waits for, and what its parent does. */
function read({ isNew, bead, blockers, parentWaits }: BeadFacts): Shut | null {
  if (!isNew) return null;
  if (bead.type === "epic") return shut("it is an epic: the work is in its parts, and it closes with the last of them");
  if (bead.type === "record") return shut("it is a record: it is kept, and is no work");
  const names = blockers.map(({ id, status }) => `${id} (${status === "failed" ? "parked" : status})`);
  if (parentWaits !== null) names.push(`what its parent ${parentWaits} waits for`);
  return names.length === 0 ? null : shut(`it waits for ${names.join(", ")}`);
}

export const blocked = defineGate({
  name: "blocked",
  shutBy: "a bead that must close first",
  before: "runs",
  read,
  wayOut(facts) {
    const { blockers, bead, parentWaits } = facts;
    const dead = blockers.find(({ status }) => status === "failed" || status === "cancelled");
    if (!dead && blockers.length === 0 && parentWaits !== null)
      return ask(facts, `See why its parent ${parentWaits} waits.`, `GET /beads/${parentWaits}/explain`);
    if (!dead) return wait("Wait for them to close.");
    if (dead.status === "failed")
      return ask(facts, `${dead.id} is parked: have it tried again.`, `POST /beads/${dead.id}/retry`);
    const request = `POST /beads/${bead.id}/dependencies {"remove":["${dead.id}"]}`;
    return ask(facts, `${dead.id} was cancelled: go on without it.`, request);
  },
});
