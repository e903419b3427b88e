import { preflightBar } from "../../attempts/preflight.ts";
import { candidates, freeCandidates } from "./candidates.ts";
import { type BeadFacts, defineGate, type Shut, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

/** All who could take it wait for what their host says of them, or may not begin because of that. */
function read(facts: Pick<BeadFacts, "bead" | "agents" | "nowMs">): Shut | null {
  if (freeCandidates(facts).length > 0) return null;
  const barred = candidates(facts).filter((one) => one.enabled && !one.paused && one.status === "idle");
  const bars = barred.flatMap((one) => {
    const why = preflightBar(one, facts.nowMs);
    return why === null ? [] : [{ why: `${one.id}: ${why}`, untilMs: one.notBeforeMs }];
  });
  const untilMs = Math.min(...bars.map((bar) => bar.untilMs));
  return bars.length === 0 ? null : shut(bars.map(({ why }) => why).join("; "), untilMs);
}

export const preflight = defineGate({
  name: "preflight",
  shutBy: "what the host found of the agent, or has not found yet",
  before: "runs",
  read,
  wayOut(facts) {
    const one = facts.agents.find((each) => preflightBar(each, facts.nowMs) !== null);
    return ask(facts, "Mend what it names; then have it looked at again.", `POST /agents/${one?.id}/preflight`);
  },
});
