import { type BeadFacts, defineGate, type Shut, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

function read({ next: { isThis, others } }: Pick<BeadFacts, "next">): Shut | null {
  if (isThis) return null;
  if (others === 0) return shut("the next pass looks at it");
  return shut(others === 1 ? "another goes first" : `${others} others go first`);
}

export const turn = defineGate({
  name: "turn",
  shutBy: "others that go first",
  before: "both",
  isTurn: true,
  read,
  wayOut: () => wait("Wait: it goes on by itself."),
});
