import { styleText } from "node:util";
import { ApiProblem, type TownApi } from "../api.ts";
import { Fault } from "../fault.ts";
import { type Again, spoken } from "./again.ts";
import {
  type Attention,
  agent,
  attempt,
  attention,
  bead,
  explanation,
  type Health,
  health,
  host,
  incident,
  list,
  type Town,
  tick,
  town,
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
const WELL = new Set(["healthy", "idle", "late", "paused", "draining"]);
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
    const [about, state, agents, attempts, incidents, hosts] = await Promise.all(
      ["", "/health", "/agents", "/attempts?limit=200", "/incidents?limit=200", "/hosts"].map((path) =>
        api.ask(options.town, path),
      ),
    );
    const verdict = health.parse(state);
    const known = town.parse(about);
    const waiting = await waitingIn(api, options.town);
    const failed = known.beads.failed
      ? await api.ask(options.town, `/beads?status=failed&limit=${FAILED_SHOWN}`)
      : { items: [] };
    const open = list(incident)
      .parse(incidents)
      .items.filter(({ closedAt }) => !closedAt);
    const lines = statusLines({
      town: known,
      health: verdict,
      waiting: waiting.items,
      agents: list(agent).parse(agents).items,
      attempts: list(attempt).parse(attempts).items,
      hosts: list(host).parse(hosts).items,
      open,
      failed: list(bead).parse(failed).items,
      again: options.again,
    });
    const answer = {
      town: about,
      health: state,
      agents,
      hosts,
      attempts,
      incidents: { items: open },
      failed,
      attention: waiting.answer,
    };
    const { lines: shown, code } = said(answer, lines, codeOf(verdict));
    return { answer, lines: verdict.banner ? painted(shown, verdict.banner.level) : shown, code };
  },
  async health(api, options) {
    const answer = await api.ask(options.town, "/health");
    const state = health.parse(answer);
    const { items } = options.json ? { items: null } : await waitingIn(api, options.town);
    return said(answer, [...healthLines(options.town, state), ...waitingLines(items, options.again)], codeOf(state));
  },
  async attention(api, options) {
    const answer = await api.ask(options.town, "/attention");
    const waiting = attention.parse(answer);
    return said(
      answer,
      attentionLines(options.town, waiting, Date.now(), options.again),
      waiting.items.length > 0 ? DEGRADED : 0,
    );
  },
  async doctor(api, { town: name, again }) {
    const known = list(agent)
      .parse(await api.ask(name, "/agents"))
      .items.filter(({ enabled }) => enabled);
    const looked: unknown[] = [];
    // One after the other: each may clone a repository.
    for (const { id } of known) looked.push(await saying(looksAtAgent(id), api.preflight(name, id)));
    const [state, items] = await Promise.all(["/health", "/attention"].map((path) => api.ask(name, path)));
    const [verdict, waiting] = [health.parse(state), attention.parse(items)];
    const agents = looked.map((each) => agent.parse(each));
    const lines = [
      ...healthLines(name, verdict),
      ...agents.flatMap(({ id, preflight }) => preflightLines(id, preflight)),
      ...attentionLines(name, waiting, Date.now(), again),
    ];
    const isWell = waiting.items.length === 0 && agents.every(({ preflight }) => preflight?.state !== "failed");
    return said({ health: state, agents: looked, attention: items }, lines, isWell ? codeOf(verdict) : DEGRADED);
  },
  async incidents(api, options) {
    const answer = await api.ask(options.town, "/incidents?limit=50");
    return said(answer, incidentLines(list(incident).parse(answer).items.toReversed(), Date.now()));
  },
  async ticks(api, options) {
    const answer = await api.ask(options.town, "/ticks?limit=30");
    return said(answer, tickLines(list(tick).parse(answer).items.toReversed()));
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
    const { preflight } = agent.parse(answer);
    return said(answer, preflightLines(target ?? "", preflight), preflight?.state === "failed" ? DEGRADED : 0);
  },
  async explain(api, { town: name, target, again }) {
    const answer = await api.ask(name, `/beads/${encodeURIComponent(target ?? "")}/explain`);
    return said(answer, explainLines(explanation.parse(answer), again));
  },
  async retry(api, { town: name, target, why }) {
    const answer = await api.act(name, `/beads/${encodeURIComponent(target ?? "")}/retry`, why ? { reason: why } : {});
    return said(answer, [`${target}: is ${statusText(bead.parse(answer).status)}, and tried again as soon as may be`]);
  },
  async cancel(api, { town: name, target, why }) {
    const answer = await api.act(name, `/beads/${encodeURIComponent(target ?? "")}/cancel`, { reason: why });
    return said(answer, [`${target}: ${statusText(bead.parse(answer).status)}; what runs of it is stopped`]);
  },
  async reconcile(api, options) {
    const answer = await api.act(options.town, "/reconcile");
    const state = health.parse(answer);
    return said(answer, healthLines(options.town, state), codeOf(state));
  },
};

export async function runVerb(api: TownApi, options: TownOptions): Promise<Said> {
  const answered = await verbs[options.verb](api, options);
  return { ...answered, lines: answered.lines.map((line) => spoken(line, options.again)) };
}

/** Health answers where this does not, as on a disk that is full: then it says nothing. */
async function waitingIn(api: TownApi, name: string): Promise<{ answer: unknown; items: Attention | null }> {
  try {
    const answer = await api.ask(name, "/attention");
    return { answer, items: attention.parse(answer) };
  } catch (error) {
    if (error instanceof ApiProblem) return { answer: null, items: null };
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
  if (isSo(town.parse(await api.ask(name, "")))) throw nothingToChange(`${name} ${so}`, again);
  return said(await api.change(name, "", change), [`${name}: ${now}`]);
}

async function enabled(api: TownApi, { town: name, verb, target, again }: TownOptions, wanted: boolean): Promise<Said> {
  const known = list(agent).parse(await api.ask(name, "/agents")).items;
  const before = known.find(({ id }) => id === target);
  if (before === undefined) {
    const ids = known.map(({ id }) => id);
    const meant = didYouMean(target ?? "", ids) || ` It has ${ids.join(", ") || "none"}.`;
    throw new Fault(`${name} has no agent ${target}.${meant}`, 1);
  }
  // To enable one that cools down is to say that it is well.
  if (before.enabled === wanted && !(wanted && before.trouble))
    throw nothingToChange(`${before.id} is ${verb}d already`, again);
  return said(await api.change(name, `/agents/${target}`, { enabled: wanted }), [`${target}: ${verb}d`]);
}

/** To ask a town to be as it is, is no error over HTTP; a person who gives a verb expects that something changes. */
const nothingToChange = (why: string, again: Again) =>
  new Fault(`${why}. Nothing was changed; ${again("status")} shows how it is`, 1);
