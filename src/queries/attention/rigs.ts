/** Rigs whose work can't get where it goes, or that no agent serves. */
import { eq } from "drizzle-orm";
import { hostsThere } from "../../attempts/hosts.ts";
import { startsAgainAtMs } from "../../attempts/pace.ts";
import { isRemotes } from "../../attempts/policy.ts";
import { ofAll, toldOf, troubledRigs, troublesOf, type Which } from "../../attempts/rig-trouble.ts";
import { isSeenByLooks } from "../../attempts/rig-well.ts";
import { wordsOf } from "../../attempts/rig-words.ts";
import { type Agent, hosts, OWN_HOST, type Rig } from "../../db/schema.ts";
import { atMost } from "../../db/statements.ts";
import { counted, quoted } from "../../lib/text.ts";
import { earliest } from "../../lib/time.ts";
import { STARVED_AFTER_MS } from "../../reconciler/limits.ts";
import { stuckRigs } from "../../reconciler/watch/conditions.ts";
import { pauseNow } from "../../reconciler/watch/staleness.ts";
import { type Starving, starvingRigs } from "../../reconciler/watch/starvation.ts";
import { beganMs } from "./agents.ts";
import { type Finding, type Kind, type Look, patch, post, said, WANTED } from "./item.ts";
import { nextTryMs, waitsSinceMs } from "./next-try.ts";
import { agentsOf, isExplained } from "./served.ts";

const newest = (found: Finding[]): Finding[] => found.sort((a, b) => b.sinceMs - a.sinceMs);

/** One item a rig, for all that waits there. Too few failures to wait for are not told yet. */
export const rigTrouble: Kind = {
  severity: "critical",
  find: ({ tx, path }) =>
    newest(
      troubledRigs(tx).flatMap((rig): Finding | Finding[] => {
        const { id, landingTrouble, pushTrouble } = rig;
        const worst = toldOf(rig);
        const landings = ofAll(landingTrouble);
        if (!worst) return atRest(path, rig);
        const { failure, times } = worst;
        const { words, remedy } = wordsOf(failure);
        const usual = isRemotes(failure)
          ? "It is found by itself when its remote is there again; then, or at another address, this request has what waits tried at once."
          : "Mend its remote or its gate; then this request has what waits tried at once.";
        const runs = ofAll(pushTrouble);
        const waits = runs ? (landings ? "runs and landings" : "runs") : "landings";
        return {
          target: { type: "rig", id },
          sinceMs: Math.min(...[runs, landings].flatMap((trouble) => trouble?.sinceMs ?? [])),
          times,
          tried: { as: runs ? ("run" as const) : ("landing" as const), rig: id },
          what: `${waits} of rig ${id} wait: ${quoted(words)}`,
          meanwhile: `${runs ? "one run" : "one landing"} is tried now and then, and no bead pays for it; other rigs go on`,
          nextMs: worst.untilMs,
          hint: remedy ? `${remedy} Then this request has what waits tried at once.` : usual,
          evidence: { rig: id, landings, runs },
          verb: post(`${path}/rigs/${id}/landings/retry`),
        };
      }),
    ),
};

/** What is known to be wrong before any work waits for it: one item a rig. A look tells whether it is mended, where it can see that. */
function atRest(path: string, { id, ...rig }: Pick<Rig, "id" | Which>): Finding[] {
  const [first] = troublesOf(rig).filter(([, { rests }]) => rests === "idle");
  if (!first) return [];
  const [which, { failure, sinceMs, times }] = first;
  const { words, remedy } = wordsOf(failure);
  const looks = isSeenByLooks(which, failure);
  const then = looks
    ? "Then this request has its host look again."
    : "Then this request has the town take it for mended.";
  return [
    {
      target: { type: "rig", id },
      severity: "warning",
      ...{ sinceMs, times: Math.max(1, times) },
      what: `rig ${id} is in trouble: ${quoted(words)}`,
      meanwhile: `nothing waits for it yet, and the next ${which === "pushTrouble" ? "run" : "landing"} there would; other rigs go on`,
      nextMs: null,
      hint: `${remedy ?? "Mend its remote or its gate."} ${then}`,
      evidence: { rig: id, [which === "pushTrouble" ? "runs" : "landings"]: first[1] },
      verb: post(`${path}/rigs/${id}/${looks ? "preflight" : "landings/retry"}`),
    },
  ];
}

/** Beads that wait, and no agent of their rig that works or will. */
export const stuck: Kind = {
  severity: "critical",
  find(look) {
    const { tx, town, nowMs, isTold } = look;
    // What a loop that does not go on leaves standing is no trouble of its own.
    if (pauseNow(town, nowMs) || town.draining || isTold("town", town.name)) return [];
    const found = stuckRigs(tx, nowMs, WANTED).flatMap(({ id, waiting, trouble }): Finding[] => {
      const all = agentsOf(look, id);
      if (all.some((agent) => isExplained(look, agent))) return [];
      const why = all.length === 0 ? "it has no agents" : (trouble ?? "its agents are disabled, paused or silent");
      return [
        {
          target: { type: "rig", id },
          sinceMs: stuckSince(all, waitsSinceMs(tx, id) ?? nowMs),
          times: 1,
          what: `${counted(waiting, "bead")} of rig ${id} wait${waiting === 1 ? "s" : ""}, and no agent of it can work: ${said({ message: why })}`,
          meanwhile: "nothing of it begins; other rigs go on",
          nextMs: earliest(...all.filter(goesOn).map((agent) => nextTryMs(tx, agent, nowMs))),
          hint:
            all.length === 0
              ? `Give it an agent: POST …/agents {"id":…,"rig":"${id}","preset":…}, or a command of its own.`
              : null,
          evidence: { rig: id, waiting, agents: all.length, trouble },
          verb: wayOut(look, all),
        },
      ];
    });
    return newest(found);
  },
};

/** One that is disabled or paused waits for a person. */
const goesOn = ({ enabled, paused }: Agent): boolean => enabled && !paused;

/** When the last of them stopped being of use, as far as rows tell, and something waited. */
const stuckSince = (all: Agent[], waitsSinceMs: number): number =>
  Math.max(waitsSinceMs, ...all.map(({ paused, trouble }) => (trouble ? beganMs(trouble) : (paused?.sinceMs ?? 0))));

/** Which agent to add, and with which tool, only a person can say. */
function wayOut({ path }: Look, all: Agent[]): Finding["verb"] {
  const paused = all.find(({ paused, enabled }) => enabled && paused);
  if (paused) return patch(`${path}/agents/${paused.id}`, { paused: null });
  const [first] = all.filter(({ enabled, trouble }) => !enabled || trouble);
  if (first) return patch(`${path}/agents/${first.id}`, { enabled: true });
  return all.length > 0 ? post(`${path}/reconcile`) : null;
}

/** Work and hands beside each other, and nothing begins. */
export const starved: Kind = {
  severity: "critical",
  find(look) {
    const { tx, town, nowMs, isTold } = look;
    const { starvingSinceMs } = town;
    if (starvingSinceMs === null || nowMs - starvingSinceMs < STARVED_AFTER_MS) return [];
    if (pauseNow(town, nowMs) || town.draining || isTold("town", town.name)) return [];
    const there = hostsThere(tx, town.settings);
    // Who is left alone for a while is told of, and that is why.
    if (there.length > 0 && there.every(({ id, breaker }) => breaker && isTold("host", id ?? OWN_HOST))) return [];
    return starvingRigs(tx, town, nowMs, WANTED).flatMap((rig): Finding[] => {
      if (isTold("rig", rig.id)) return [];
      return [
        {
          target: { type: "rig", id: rig.id },
          sinceMs: starvingSinceMs,
          times: 1,
          what: `${waitingWork(rig)}, and nothing has begun for 5 minutes`,
          meanwhile: "the town looks again whenever something happens",
          nextMs: town.nextWakeAtMs,
          ...(there.length === 0 ? noHost(look) : pace(look)),
          evidence: {
            ...{ rig: rig.id, ready: rig.ready, free: rig.free, hosts: there.length },
            ...(rig.toLand > 0 && { toLand: rig.toLand }),
          },
        },
      ];
    });
  },
};

const are = (count: number): string => (count === 1 ? "is" : "are");

const waitingWork = ({ id, ready, free, toLand }: Starving): string =>
  toLand > 0
    ? `${counted(toLand, "bead")} of rig ${id} wait${toLand === 1 ? "s" : ""} to land, no host is there`
    : `${counted(ready, "bead")} of rig ${id} ${are(ready)} ready, ${counted(free, "agent")} of it ${are(free)} free`;

function noHost({ tx, path }: Look): Pick<Finding, "verb" | "hint"> {
  const off = tx.select().from(hosts).where(eq(hosts.enabled, false)).limit(atMost(1)).get();
  const verb = off ? patch(`${path}/hosts/${off.id}`, { enabled: true }) : null;
  return { verb, hint: "No host is connected and enabled: start the host program on one of GET …/hosts." };
}

function pace({ tx, town, nowMs, path }: Look): Pick<Finding, "verb" | "hint"> {
  const { startsPerMinute } = town.settings;
  if (startsAgainAtMs(tx, town.lastFence, nowMs, town.settings) === null)
    return { verb: post(`${path}/reconcile`), hint: "No gate is known to hold them: GET …/ticks says more." };
  const more = { settings: { startsPerMinute: Math.min(100_000, 2 * startsPerMinute) } };
  return { verb: patch(path, more), hint: `The cap of ${startsPerMinute} starts a minute is used up.` };
}
