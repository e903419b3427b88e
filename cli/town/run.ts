import type { TownApi } from "../api.ts";
import { Fault } from "../fault.ts";
import { agent, health, incident, list, tick, town } from "./answers.ts";
import type { TownOptions, Verb } from "./options.ts";
import { healthLines, incidentLines, statusLines, tickLines } from "./text.ts";

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
const said = (answer: unknown, lines: string[], code: Said["code"] = 0): Said => ({ answer, lines, code });

const verbs: Record<Verb, Run> = {
  async status(api, options) {
    const answers = await Promise.all(
      ["", "/health", "/agents", "/incidents?limit=20"].map((path) => api.ask(options.town, path)),
    );
    const [one, two, three, four] = answers;
    const state = health.parse(two);
    const open = list(incident)
      .parse(four)
      .items.filter(({ closedAt }) => !closedAt);
    const lines = statusLines({ town: town.parse(one), health: state, agents: list(agent).parse(three).items, open });
    const [about, , agents] = answers;
    return said({ town: about, health: two, agents, incidents: open }, lines, codeOf(state));
  },
  async health(api, options) {
    const answer = await api.ask(options.town, "/health");
    const state = health.parse(answer);
    return said(answer, healthLines(options.town, state), codeOf(state));
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
    const until = options.forMs === null ? {} : { until: new Date(Date.now() + options.forMs).toISOString() };
    const paused = { why: options.why, by: process.env.USER || "operator", ...until };
    return changed(api, options, { paused }, ({ paused: now }) => now !== null);
  },
  resume: (api, options) => changed(api, options, { paused: null }, ({ paused }) => paused === null),
  drain: (api, options) => changed(api, options, { draining: true }, ({ draining }) => draining),
  undrain: (api, options) => changed(api, options, { draining: false }, ({ draining }) => !draining),
  disable: (api, options) => enabled(api, options, false),
  enable: (api, options) => enabled(api, options, true),
  async reconcile(api, options) {
    const answer = await api.act(options.town, "/reconcile");
    const state = health.parse(answer);
    return said(answer, healthLines(options.town, state), codeOf(state));
  },
};

export const runVerb: Run = (api, options) => verbs[options.verb](api, options);

const codeOf = ({
  verdict,
  pollStale,
  hasStuckQueue,
}: {
  verdict: string;
  pollStale: boolean;
  hasStuckQueue: boolean;
}) => (WELL.has(verdict) && !pollStale && !hasStuckQueue ? 0 : DEGRADED);

/** A verb that would change nothing says so, and fails. */
async function changed(
  api: TownApi,
  { town: name, verb }: TownOptions,
  change: object,
  isSo: (now: { paused: unknown; draining: boolean }) => boolean,
): Promise<Said> {
  if (isSo(town.parse(await api.ask(name, ""))))
    throw new Fault(`${verb}: ${name} is so already; nothing was changed`, 1);
  const answer = await api.change(name, "", change);
  return said(answer, [`${name}: ${verb} done`]);
}

async function enabled(api: TownApi, { town: name, verb, target }: TownOptions, wanted: boolean): Promise<Said> {
  const agents = list(agent).parse(await api.ask(name, "/agents")).items;
  const before = agents.find(({ id }) => id === target);
  if (!before)
    throw new Fault(`${name} has no agent ${target}; it has ${agents.map(({ id }) => id).join(", ") || "none"}`, 1);
  if (before.enabled === wanted) throw new Fault(`${verb}: ${target} is so already; nothing was changed`, 1);
  const answer = await api.change(name, `/agents/${target}`, { enabled: wanted });
  return said(answer, [`${target}: ${verb}d`]);
}
