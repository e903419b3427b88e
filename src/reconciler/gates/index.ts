import { agent } from "./agent.ts";
import { backoff } from "./backoff.ts";
import { blocked } from "./blocked.ts";
import { breaker } from "./breaker.ts";
import { convoyHeld } from "./convoy-held.ts";
import { dayBudget } from "./day-budget.ts";
import { draining } from "./draining.ts";
import type { BeadFacts, GateDef, PlanFacts, Shut } from "./gate.ts";
import { held } from "./held.ts";
import { heldBack } from "./held-back.ts";
import { hostFull } from "./host-full.ts";
import { landing } from "./landing.ts";
import { noHost } from "./no-host.ts";
import { overlap } from "./overlap.ts";
import { parked } from "./parked.ts";
import { preflight } from "./preflight.ts";
import { reviewCap } from "./review-cap.ts";
import { rigCap } from "./rig-cap.ts";
import { rigPaused } from "./rig-paused.ts";
import { rigTrouble } from "./rig-trouble.ts";
import { roleCap } from "./role-cap.ts";
import { slot } from "./slot.ts";
import { startsPerMinute } from "./starts-per-minute.ts";
import { townCap } from "./town-cap.ts";
import { townPaused } from "./town-paused.ts";
import { turn } from "./turn.ts";

/**
 * Every gate there is: one line each, in the order in which they are asked and told of. The file says when it is shut and by what
 * evidence, when it opens by itself, and what opens it.
 */
const registry = [
  townPaused,
  draining,
  rigPaused,
  rigTrouble,
  held,
  convoyHeld,
  blocked,
  parked,
  backoff,
  dayBudget,
  overlap,
  reviewCap,
  townCap,
  rigCap,
  roleCap,
  noHost,
  startsPerMinute,
  breaker,
  hostFull,
  slot,
  landing,
  preflight,
  agent,
  heldBack,
  turn,
] as const;

export type GateName = (typeof registry)[number]["name"];
export type AnyGate = GateDef<GateName, BeadFacts>;
const gates: readonly AnyGate[] = registry;

/** A gate that is shut. */
export interface Gate extends Shut {
  name: GateName;
}

/** The gates that stand before a start, or before a landing. */
const before = (kind: "start" | "landing"): readonly AnyGate[] =>
  gates.filter((gate) => gate.before === "both" || gate.before === (kind === "start" ? "runs" : "landings"));
export const gatesBefore = { start: before("start"), landing: before("landing") };

const byName = new Map(gates.map((gate) => [gate.name, gate]));
export const gateNamed = (name: GateName): AnyGate | undefined => byName.get(name);

/** The hosts' gates: what is planned is cut to them in the end. */
const ofHosts: readonly GateDef<GateName, Pick<PlanFacts, "kind" | "hostless" | "hosts">>[] = [breaker, hostFull, slot];

/**
 * The first gate that is shut before something that would begin.
 * @param own what was read of a gate before, of this bead alone
 */
export function firstShut(facts: PlanFacts, own: Gate | null): Gate | null {
  for (const gate of gatesBefore[facts.kind]) {
    const shut = own?.name === gate.name ? own : gate.inPlan?.(facts);
    if (shut) return { name: gate.name, why: shut.why, untilMs: shut.untilMs };
  }
  return null;
}

/** Why hosts are not asked for it now. */
export function shutByHosts(facts: Pick<PlanFacts, "kind" | "hostless" | "hosts">): Gate | null {
  for (const gate of ofHosts) {
    const shut = gate.before === "runs" && facts.kind === "landing" ? null : gate.read(facts);
    if (shut) return { name: gate.name, ...shut };
  }
  return null;
}
