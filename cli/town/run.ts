import { styleText } from "node:util";
import { ApiProblem, type TownApi } from "../api.ts";
import { Fault } from "../fault.ts";
import { type Again, spoken } from "./again.ts";
import type {
  Agent,
  Attempt,
  Attention,
  Bead,
  Explanation,
  Health,
  Host,
  Incident,
  List,
  Tick,
  Town,
} from "./answers.ts";
import { byWhom } from "./desk.ts";
import { didYouMean } from "./nearest.ts";
import type { TownOptions, Verb } from "./options.ts";
import { looksAtAgent, saying } from "./saying.ts";
import {
  attentionLines,
  explainLines,
  healthLines,
  incidentLines,
  plain,
  preflightLines,
  statusLines,
  tickLines,
  waitingLines,
} from "./text.ts";
import { span } from "./times.ts";
import { statusText } from "./words.ts";

/** Failed beads that a status names. */
const FAILED_SHOWN = 5;

/** Of what is well, or is as somebody wants it. */
const WELL = new Set<Health["verdict"]>(["healthy", "idle", "late", "paused", "draining"]);
const DEGRADED = 6;

interface Said {
  lines: string[];
  /** What the Worker answered, for `--json`. */
  answer: unknown;
  code: 0 | 6;
}

type Run = (api: TownApi, options: TownOptions) => Promise<Said>;
const said = (answer: unknown, lines: string[], code: Said["code"] = 0): Said => ({
  answer,
  lines: lines.map(plain),
  code,
});

const verbs: Record<Verb, Run> = {
  async status(api, options) {
    const [town, health, agents, attempts, incidents, hosts] = await Promise.all([
      api.ask<Town>(options.town, ""),
      api.ask<Health>(options.town, "/health"),
      api.ask<List<Agent>>(options.town, "/agents"),
      api.ask<List<Attempt>>(options.town, "/attempts?limit=200"),
      api.ask<List<Incident>>(options.town, "/incidents?limit=200"),
      api.ask<List<Host>>(options.town, "/hosts"),
    ]);
    const waiting = await waitingIn(api, options.town);
    const failed = town.beads.failed
      ? await api.ask<List<Bead>>(options.town, `/beads?status=failed&limit=${FAILED_SHOWN}`)
      : { items: [] };
    const open = incidents.items.filter(({ closedAt }) => !closedAt);
    const lines = statusLines({
      town,
      health,
      waiting,
      agents: agents.items,
      attempts: attempts.items,
      hosts: hosts.items,
      open,
      failed: failed.items,
      again: options.again,
    });
    const answer = {
      town,
      health,
      agents,
      hosts,
      attempts,
      incidents: { items: open },
      failed,
      attention: waiting,
    };
    const { lines: shown, code } = said(answer, lines, codeOf(health));
    return { answer, lines: health.banner ? painted(shown, health.banner.level) : shown, code };
  },
  async health(api, options) {
    const answer = await api.ask<Health>(options.town, "/health");
    const waiting = options.json ? null : await waitingIn(api, options.town);
    return said(
      answer,
      [...healthLines(options.town, answer), ...waitingLines(waiting, options.again)],
      codeOf(answer),
    );
  },
  async attention(api, options) {
    const answer = await api.ask<Attention>(options.town, "/attention");
    return said(
      answer,
      attentionLines(options.town, answer, Date.now(), options.again),
      answer.items.length > 0 ? DEGRADED : 0,
    );
  },
  async doctor(api, { town: name, again }) {
    const known = (await api.ask<List<Agent>>(name, "/agents")).items.filter(({ enabled }) => enabled);
    const agents: Agent[] = [];
    // One after the other: each may clone a repository.
    for (const { id } of known) agents.push(await saying(looksAtAgent(id), api.preflight(name, id)));
    const [health, attention] = await Promise.all([
      api.ask<Health>(name, "/health"),
      api.ask<Attention>(name, "/attention"),
    ]);
    const lines = [
      ...healthLines(name, health),
      ...agents.flatMap(({ id, preflight }) => preflightLines(id, preflight)),
      ...attentionLines(name, attention, Date.now(), again),
    ];
    const isWell = attention.items.length === 0 && agents.every(({ preflight }) => preflight?.state !== "failed");
    return said({ health, agents, attention }, lines, isWell ? codeOf(health) : DEGRADED);
  },
  async incidents(api, options) {
    const answer = await api.ask<List<Incident>>(options.town, "/incidents?limit=50");
    return said(answer, incidentLines(answer.items.toReversed(), Date.now()));
  },
  async ticks(api, options) {
    const answer = await api.ask<List<Tick>>(options.town, "/ticks?limit=30");
    return said(answer, tickLines(answer.items.toReversed()));
  },
  pause: (api, options) => {
    const { why, forMs } = options;
    const until = forMs === null ? {} : { until: new Date(Date.now() + forMs).toISOString() };
    const lasts = forMs === null ? "until an operator resumes it" : `for ${span(forMs)}`;
    const by = byWhom();
    return changed(api, options, {
      now: `paused ${lasts}; what runs goes on`,
      change: { paused: { why, by, ...until } },
      isSo: ({ paused }) =>
        paused !== null && paused.why === why && paused.by === by && !paused.until && forMs === null,
      so: `is paused already, by ${by}: ${why}`,
    });
  },
  resume: (api, options) =>
    changed(api, options, {
      now: "goes on",
      change: { paused: null },
      isSo: ({ paused }) => paused === null,
      so: "is not paused",
    }),
  drain: (api, options) =>
    changed(api, options, {
      now: "draining: no new runs; landings go on",
      change: { draining: true },
      isSo: ({ draining }) => draining,
      so: "is draining already",
    }),
  undrain: (api, options) =>
    changed(api, options, {
      now: "takes new runs again",
      change: { draining: false },
      isSo: ({ draining }) => !draining,
      so: "takes runs already",
    }),
  disable: (api, options) => enabled(api, options, false),
  enable: (api, options) => enabled(api, options, true),
  async preflight(api, { town: name, target, call }) {
    const answer = await saying(looksAtAgent(target ?? ""), api.preflight(name, target ?? "", call));
    const { preflight } = answer;
    return said(answer, preflightLines(target ?? "", preflight), preflight?.state === "failed" ? DEGRADED : 0);
  },
  async explain(api, { town: name, target, again }) {
    const answer = await api.ask<Explanation>(name, `/beads/${encodeURIComponent(target ?? "")}/explain`);
    return said(answer, explainLines(answer, again));
  },
  async retry(api, { town: name, target, why }) {
    const answer = await api.act<Bead>(
      name,
      `/beads/${encodeURIComponent(target ?? "")}/retry`,
      why ? { reason: why } : {},
    );
    return said(answer, [`${target}: is ${statusText(answer.status)}, and tried again as soon as may be`]);
  },
  async cancel(api, { town: name, target, why }) {
    const answer = await api.act<Bead>(name, `/beads/${encodeURIComponent(target ?? "")}/cancel`, { reason: why });
    return said(answer, [`${target}: ${statusText(answer.status)}; what runs of it is stopped`]);
  },
  async reconcile(api, options) {
    const answer = await api.act<Health>(options.town, "/reconcile");
    return said(answer, healthLines(options.town, answer), codeOf(answer));
  },
};

export async function runVerb(api: TownApi, options: TownOptions): Promise<Said> {
  const answered = await verbs[options.verb](api, options);
  return { ...answered, lines: answered.lines.map((line) => spoken(line, options.again)) };
}

/** Health answers where this does not, as on a disk that is full: then it says nothing. */
async function waitingIn(api: TownApi, name: string): Promise<Attention | null> {
  try {
    return await api.ask<Attention>(name, "/attention");
  } catch (error) {
    if (error instanceof ApiProblem) return null;
    throw error;
  }
}

const codeOf = ({ verdict, pollStale, hasStuckQueue }: Health) =>
  WELL.has(verdict) && !pollStale && !hasStuckQueue ? 0 : DEGRADED;

/** The banner, which is the first line, in its colour: on a terminal, and unless NO_COLOR says no. */
function painted([banner = "", ...others]: string[], level: "red" | "amber"): string[] {
  return [styleText(level === "red" ? "red" : "yellow", banner, { stream: process.stdout }), ...others];
}

async function changed(
  api: TownApi,
  { town: name, again }: TownOptions,
  { now, change, isSo, so }: { now: string; change: object; isSo: (before: Town) => boolean; so: string },
): Promise<Said> {
  if (isSo(await api.ask<Town>(name, ""))) throw nothingToChange(`${name} ${so}`, again);
  return said(await api.change(name, "", change), [`${name}: ${now}`]);
}

async function enabled(api: TownApi, { town: name, verb, target, again }: TownOptions, wanted: boolean): Promise<Said> {
  const { items: known } = await api.ask<List<Agent>>(name, "/agents");
  const before = known.find(({ id }) => id === target);
  if (before === undefined) {
    const ids = known.map(({ id }) => id);
    const meant = didYouMean(target ?? "", ids) || ` It has ${ids.join(", ") || "none"}.`;
    throw new Fault(`${name} has no agent ${target}.${meant}`, 1);
  }
  // To enable one that cools down is to say that it is well.
  if (before.enabled === wanted && !(wanted && before.trouble))
    throw nothingToChange(
      `${before.id} is ${verb}d already${wanted ? ", and in no trouble: it is tried as it is" : ""}`,
      again,
    );
  return said(await api.change(name, `/agents/${target}`, { enabled: wanted }), [`${target}: ${verb}d`]);
}

/** To ask a town to be as it is, is no error over HTTP; a person who gives a verb expects that something changes. */
const nothingToChange = (why: string, again: Again) =>
  new Fault(`${why}. Nothing was changed; ${again("status")} shows how it is`, 1);
