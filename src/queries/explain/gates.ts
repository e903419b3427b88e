import { barredUntil } from "../../attempts/bars.ts";
import type { HostThere } from "../../attempts/hosts.ts";
import { isRemotes, isRigsTrouble } from "../../attempts/policy.ts";
import { preflightBar } from "../../attempts/preflight.ts";
import type { Agent, Failure, Pause } from "../../db/schema.ts";
import { quoted } from "../../lib/text.ts";
import { iso } from "../../lib/time.ts";
import { landingGate } from "../../reconciler/load-gates.ts";
import type { Gate } from "../../reconciler/types.ts";
import type { Facts } from "./facts.ts";

type Shut = { why: string; untilMs: number | null };

/** A gate, and what shuts it; null: it is open. */
export type Reading = readonly [name: Gate["name"], read: (facts: Facts) => Shut | null];

const shut = (why: string, untilMs: number | null = null): Shut => ({ why, untilMs });
const paused = (what: string, pause: Pause | null): Shut | null =>
  pause && shut(`${what} is paused by ${pause.by}: ${pause.why}`, pause.untilMs);

/** Work that is begun goes on, whatever has come between it and its end since. */
const isHooked = ({ bead }: Facts): boolean => bead.status === "in_progress";

const townPaused: Reading = ["town_paused", ({ town }) => paused("the town", town.paused)];
const rigPaused: Reading = ["rig_paused", ({ rig }) => paused(`rig ${rig.id}`, rig.paused)];
const pushes: Reading = ["rig_trouble", ({ pushes: some }) => (some && some.left <= 0 ? some.gate : null)];
const landings: Reading = [
  "rig_trouble",
  ({ rig, bead, nowMs }) => landingGate(rig.id, rig.landingTrouble, bead.id, nowMs),
];
/** What its rig is in trouble with is said there. */
const isOfRig = (failure: Failure): boolean => isRigsTrouble(failure) || isRemotes(failure);

const backoff: Reading = [
  "backoff",
  ({ bead, nowMs }) =>
    bead.notBeforeMs > nowMs
      ? shut(
          `it is not tried before ${iso(bead.notBeforeMs)}${bead.lastFailure && !isOfRig(bead.lastFailure) ? `, since: ${bead.lastFailure.message}` : ""}`,
          bead.notBeforeMs,
        )
      : null,
];
const starts: Reading = [
  "starts_per_minute",
  ({ startsAgainMs, town }) =>
    startsAgainMs === null
      ? null
      : shut(`the ${town.settings.startsPerMinute} starts of this minute are used up`, startsAgainMs),
];
/** Of a joined host by its name. */
const nameOf = ({ id }: HostThere): string => (id === null ? "the host" : `host ${id}`);

const breaker: Reading = [
  "breaker",
  ({ hosts, hostRoom: { probes, untilMs } }) => {
    if (probes !== 0) return null;
    const [why] = hosts.flatMap((host) => {
      const { breaker } = host;
      return breaker ? [`${nameOf(host)} failed ${breaker.failures} times in a row: ${breaker.failure.message}`] : [];
    });
    return shut(why ?? "no host is known to be well", untilMs);
  },
];
const slot = (kind: "start" | "landing"): Reading => [
  "slot",
  ({ hosts, hostRoom }) =>
    hosts.length === 0 || hostRoom.probes === 0 || hostRoom[kind] > 0 || (kind === "start" && hostRoom.full)
      ? null
      : shut(`as many ${kind}s are being asked of hosts as may be at once`, hostRoom.untilMs),
];
const hostFull: Reading = [
  "host_full",
  ({ hosts, hostRoom: { probes, start, full } }) =>
    hosts.length === 0 || probes === 0 || start > 0 || !full ? null : shut(full.why, full.untilMs),
];
const noHost: Reading = [
  "no_host",
  ({ hosts }) =>
    hosts.length === 0 ? shut("agents run on hosts that join this town, and none is connected and enabled") : null,
];
const heldBack: Reading = [
  "held_back",
  ({ plan, bead }) => {
    const action = bead.status === "in_review" ? "land_bead" : "dispatch_agent";
    const held = plan.heldBack.find(({ key }) => key === `${action} ${bead.id}`);
    return held ? shut(`${action} came to nothing ${held.times} times: ${held.why}`, held.notBeforeMs) : null;
  },
];
export const goesFirst = ({ type }: Facts["plan"]["actions"][number]): boolean =>
  type === "dispatch_agent" || type === "land_bead";

const turn: Reading = [
  "turn",
  ({ plan, bead }) => {
    if (
      plan.actions.some((action) => "beadId" in action && action.beadId === bead.id && action.type !== "release_hook")
    )
      return null;
    const others = plan.actions.filter(goesFirst).length;
    const go = others === 1 ? "another goes first" : `${others} others go first`;
    return shut(others === 0 ? "the next pass looks at it" : go);
  },
];

/** Whether an agent could take a bead now, and if not, why. */
export function troubleWith(agent: Agent, bead: string, nowMs: number): Shut | null {
  const { id, status, beadId, enabled, role, notBeforeMs, trouble, fence, doubts } = agent;
  const barMs = barredUntil(doubts, bead, nowMs);
  if (role === "merger") return shut(`${id} takes no beads: it is a merger`);
  if (!enabled) return shut(`${id} is disabled`);
  if (agent.paused) return paused(id, agent.paused);
  if (status !== "idle") return shut(`${id} is ${status} on fence ${fence}`);
  if (notBeforeMs > nowMs) {
    // What its preflight found is said by a gate of its own.
    const why = trouble && preflightBar(agent, nowMs) === null ? `: ${trouble.message}` : "";
    return shut(`${id} cools down until ${iso(notBeforeMs)}${why}`, notBeforeMs);
  }
  if (beadId !== null && beadId !== bead) return shut(`${id} waits with ${beadId}`);
  if (barMs !== null) return shut(`${id} is not given it before ${iso(barMs)}: ${doubtOf(agent, bead)}`, barMs);
  return null;
}

const MET: Partial<Record<Failure["kind"], string>> = {
  provider_limited: "it met its provider's limit with it",
  auth: "it was not let in with it",
};

/** What it met with this bead, where it is not known yet whose trouble that is. */
function doubtOf({ doubts, trouble, provider }: Agent, bead: string): string {
  const kind = doubts?.find((doubt) => doubt.bead === bead)?.kind;
  const met = kind && trouble?.kind === kind ? trouble.message : ((kind && MET[kind]) ?? "its run failed at once");
  const whose = provider === null ? "its own" : `that of ${provider}`;
  return `${quoted(met)}${/[.!?…]$/.test(quoted(met)) ? "" : "."} Whether the trouble is ${whose} or the bead's, another run tells`;
}

/** Whoever holds it, or else anybody of its rig. */
const candidates = (facts: Facts): Agent[] =>
  isHooked(facts) ? facts.agents.filter(({ id }) => id === facts.bead.agentId) : facts.agents;

const agent: Reading = [
  "agent",
  (facts) => {
    const { bead, rig, nowMs } = facts;
    const own = candidates(facts);
    if (own.length === 0) return shut(`rig ${rig.id} has no agents`);
    const troubles = own.map((one) => troubleWith(one, bead.id, nowMs));
    if (troubles.includes(null)) return null;
    const first = troubles.flatMap((trouble) => trouble?.untilMs ?? []);
    const named = troubles.slice(0, 5).map((trouble) => trouble?.why);
    const more = troubles.length > named.length ? `, and ${troubles.length - named.length} more` : "";
    return shut(`no agent is free: ${named.join("; ")}${more}`, first.length > 0 ? Math.min(...first) : null);
  },
];

/** Whoever could take it waits for what its host says of it, or may not begin because of that. */
const preflight: Reading = [
  "preflight",
  (facts) => {
    const { bead, nowMs } = facts;
    const own = candidates(facts);
    if (own.some((one) => troubleWith(one, bead.id, nowMs) === null)) return null;
    const barred = own.filter((one) => one.enabled && !one.paused && one.status === "idle");
    const bars = barred.flatMap((one) => {
      const why = preflightBar(one, nowMs);
      return why === null ? [] : [{ why: `${one.id}: ${why}`, untilMs: one.notBeforeMs }];
    });
    const untilMs = Math.min(...bars.map((bar) => bar.untilMs));
    return bars.length === 0 ? null : shut(bars.map(({ why }) => why).join("; "), untilMs);
  },
];

/** Of whoever could take it: if nobody is free, that is said by another gate. */
const roleCap: Reading = [
  "role_cap",
  (facts) => {
    const { bead, nowMs, room, town } = facts;
    const free = candidates(facts).filter((one) => troubleWith(one, bead.id, nowMs) === null);
    if (free.length === 0 || free.some(({ role }) => (room.roles.get(role) ?? 1) > 0)) return null;
    const [{ role }] = free as [Agent];
    return shut(`as many runs of role ${role} are live as may be: ${town.settings.maxAgentsByRole[role]}`);
  },
];

/** What it is, what it waits for, and what its parent does. */
function blocked({ bead, blockers, parentWaits }: Facts): Shut | null {
  if (bead.type === "epic") return shut("it is an epic: the work is in its parts, and it closes with the last of them");
  if (bead.type === "record") return shut("it is a record: it is kept, and is no work");
  const names = blockers.map(({ id, status }) => `${id} (${status === "failed" ? "parked" : status})`);
  if (parentWaits !== null) names.push(`what its parent ${parentWaits} waits for`);
  return names.length === 0 ? null : shut(`it waits for ${names.join(", ")}`);
}

export const runGates: Reading[] = [
  townPaused,
  ["draining", ({ town }) => (town.draining ? shut("the town takes no new runs") : null)],
  rigPaused,
  pushes,
  ["held", ({ bead }) => bead.hold && shut(`it is held by ${bead.hold.by}: ${bead.hold.why}`)],
  [
    "convoy_held",
    (facts) =>
      !isHooked(facts) && facts.convoy?.state === "held" ? shut(`its convoy ${facts.convoy.id} is held`) : null,
  ],
  ["blocked", (facts) => (isHooked(facts) ? null : blocked(facts))],
  [
    "parked",
    ({ bead }) =>
      bead.status === "failed" ? shut(`it is parked: ${bead.lastFailure?.message ?? "see its notes"}`) : null,
  ],
  backoff,
  ["day_budget", ({ budget }) => budget],
  ["overlap", (facts) => (isHooked(facts) ? null : facts.overlap)],
  ["review_cap", (facts) => (isHooked(facts) ? null : facts.review)],
  [
    "town_cap",
    ({ room, town }) =>
      room.town > 0 ? null : shut(`as many runs are live as may be: ${town.settings.maxAgents} in the town`),
  ],
  [
    "rig_cap",
    ({ room, rig }) =>
      (room.rigs.get(rig.id) ?? 1) > 0 ? null : shut(`as many runs are live as may be in rig ${rig.id}`),
  ],
  roleCap,
  noHost,
  starts,
  breaker,
  hostFull,
  slot("start"),
  preflight,
  agent,
  heldBack,
  turn,
];

export const landingGates: Reading[] = [
  townPaused,
  rigPaused,
  landings,
  backoff,
  noHost,
  starts,
  breaker,
  slot("landing"),
  ["landing", ({ landing }) => (landing ? shut(`bead ${landing.beadId} is landing, and one at a time does`) : null)],
  heldBack,
  turn,
];
