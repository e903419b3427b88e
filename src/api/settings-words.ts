/**
 * What each setting does, for docs/settings.md. Names, defaults and ranges come from the schemas, where a setting has one; those of programs and of the environment
 * stand here. `settings-docs.ts` fails where a setting has no words, and `test/tree/settings.test.ts` where a program takes one that is not here.
 */
interface Word {
  effect: string;
  /** Where no schema says it. */
  default?: string;
  range?: string;
}
export type Words = Readonly<Record<string, Word>>;

const says = (effect: string): Word => ({ effect });
const told = (given: string, range: string, effect: string): Word => ({ default: given, range, effect });

export const TOWN_SETTINGS: Words = {
  startDeadlineMs: says(
    "how long a host may take to answer a start; its silence is then taken for no, and the bead's next try is due",
  ),
  firstLeaseMs: says("how long a run that was accepted may stay silent until its first sign of life"),
  leaseMs: says("how long a run may stay silent before it counts as lost. At least twice `heartbeatMs`"),
  heartbeatMs: says("how often a host says that a run lives"),
  backoffBaseMs: says("the wait after a bead's first failed start; it doubles with each"),
  backoffCapMs: says("the longest of these waits"),
  hosts: says(
    "`own`: the town's, beside it or in containers; a start whose outcome is unknown is tried again at once, since the same host gets it and its fence decides. `external`: a host lives on when the town is cut off, so such a start waits until its run must be dead. `container` is taken for `own`",
  ),
  startsPerMinute: says("starts and landings of the whole town in a minute"),
  providerWaitMs: says("how long a provider is left alone that says its limit is reached, and not until when"),
  pollStaleThresholdMs: says(
    "how long a tick may be in flight or overdue before `health` calls the loop stale. Left out: a minute or ten heartbeats, whichever is longer",
  ),
  maxAgents: says("runs at a time in the whole town. Left out: as many as there are agents"),
  maxAgentsPerRig: says("runs at a time in each rig that has no `maxAgents` of its own"),
  maxAgentsByRole: says("runs at a time of the agents of a role, by its name"),
  maxInReviewPerRig: says("beads of a rig that may wait to land: past it nothing new begins there"),
  breakerAfter: says("failures of one host in a row after which it is left alone for a while"),
  "dayMinutes.bead": says("minutes that the runs of one bead may take in a day (UTC). Left out: no limit"),
  "dayMinutes.rig": says("minutes that the runs of one rig may take in a day"),
  "dayMinutes.town": says("minutes that all runs may take in a day"),
  overlapWaitMs: says("how long a bead waits for a run that is likely to change the same paths (`touches`)"),
  branchPrefix: says("what the branches of attempts begin with in the remote"),
  agentFailureBudget: says("runs of a bead that may fail: with the last of them it is parked for a person"),
  reworkBudget: says("landings of a bead that may come back, before it is parked"),
  unpaidTriesPerDay: says(
    "runs of a bead in a day that end by a fault of none of its own, before it is parked. `null`: no bound",
  ),
  limitMarginMs: says(
    "how far past its limit an attempt may be before it is given up: a slow clone and a slow push are in it",
  ),
  "stall.nudgeMs": says(
    "silence of an agent whose process lives, after which it is sent a message. `null` leaves the step out, here and below",
  ),
  "stall.escalateMs": says("silence after which a person is told"),
  "stall.stopMs": says("silence after which the run is stopped, and has failed"),
  stallByRole: says('other steps for the agents of a role, by its name, such as `{"reviewer": {"stopMs": 600000}}`'),
  "retention.days": says(
    "days for which closed and cancelled beads are kept, with all that belongs to them. `null`: for ever",
  ),
  "retention.logDays": says("days for which what runs printed is kept by the town"),
};

const PAUSED: Word = {
  default: "`null`",
  effect: "why and by whom nothing of it starts, until that is ended: by `null`, or at `until`",
};
const START_FROM = says(
  '`"main"`: a further try at a bead begins anew. `null`: it goes on with what the last one left',
);

export const TOWN: Words = {
  paused: PAUSED,
  draining: { default: "`false`", effect: "what runs may finish, and nothing new starts" },
};

export const RIG: Words = {
  id: says("its name, which begins the ids of its beads. It can't be changed"),
  repoUrl: says("the repository, as the host's user can clone it and push to it without being asked"),
  defaultBranch: says(
    "where its work begins and lands. Left out, or `null`: the one that the remote calls its default",
  ),
  gate: says(
    "the command that must exit 0 on the merged result before anything is pushed, without a shell. `null`: none",
  ),
  maxGateMs: says("how long that may take"),
  landingsAtOnce: says(
    "landings of this rig that may be under way, with their gates side by side; they land one by one all the same. Only where gates may share the ports, databases and caches of a machine",
  ),
  maxAgents: says("runs at a time in this rig. `null`: the town's `maxAgentsPerRig`"),
  maxInReview: says("beads that may wait to land here. `null`: the town's `maxInReviewPerRig`"),
  trailers: says(
    "whether each commit that lands says which bead and attempt it is of. Left out, or `null`: as its host does by itself",
  ),
  startFrom: START_FROM,
  noChange: says("what becomes of a bead whose agent says that there is nothing to do. Left out: it is closed"),
  begin: says("only when it is added: an empty repository gets its first commit"),
  paused: PAUSED,
};

export const AGENT: Words = {
  id: says("its name. It can't be changed"),
  rig: says("the rig whose beads it works on. It can't be changed"),
  role: says("a word that `maxAgentsByRole` and `stallByRole` go by. It can't be changed"),
  provider: says("whose limits and login it shares with others of the same. Left out: its preset's, or none"),
  preset: says("the tool that it is"),
  command: says(
    "the program and its arguments, without a shell; `{prompt}` and `{prompt_file}` are put in. With a preset: that tool by another command",
  ),
  driver: says("how it is spoken with. Left out: its preset's, else `exec`"),
  model: says("in the tool's own words. `null`: the tool's default"),
  maxCostUsd: says("a run that cost more is ended, and has failed. `null`: no limit"),
  maxTokens: says("a run that used more, of input and output together, is ended, and has failed. `null`: no limit"),
  permissions: says("whether it is given leave for all that it asks, or for nothing. Left out: `allow`"),
  resume: says("a further try at a bead goes on with the session of the one before, where the tool can"),
  env: says("variables of its environment. They are stored, and never shown again; given whole when they are changed"),
  envChanges: says(
    "in a change alone: these of its variables change or are added, `null` takes one away, and all others stay",
  ),
  startFrom: START_FROM,
  maxRunMs: says("how long a run may take"),
  enabled: { default: "`true`", effect: "whether it is given work" },
  paused: PAUSED,
};

export const HOST: Words = {
  enabled: { default: "`true`", effect: "whether it is given work; what it does now it may finish" },
};

export const WORKER: Words = {
  TOWNKEEPER_TOKEN: told("none: nothing is answered", "a secret", "the token that may do everything"),
  RUN_TOKEN_KEY: told("none", "a secret", "signs the tokens of runs, of hosts that join, and of sessions"),
  RUN_TOKEN_KEYS: told(
    "`RUN_TOKEN_KEY` alone",
    "`id:secret,id:secret`, a secret",
    "several such keys, while one is replaced: the first signs, all are taken",
  ),
  HOST_TOKEN: told("none", "a secret", "the only token that the town's own host obeys"),
  HOST_URL: told("none: agents run in containers", "a URL", "where the town's own host listens"),
  PUBLIC_URL: told("none", "a URL", "where hosts reach this Worker with their reports; containers do without it"),
  TOWN_COMMAND: told(
    "`town {}`",
    "a command, with `{}` for its words",
    "what the page shows as commands, to who looks from the machine that this runs on; `npm start` says it",
  ),
  TOWN_STATE: told("none", "a folder", "where the page says that tokens lie, to the same; `npm start` says it"),
  ACCESS_TEAM: told(
    "none: nobody comes that way",
    "`https://YOUR-TEAM.cloudflareaccess.com`",
    "where people sign in with Cloudflare Access: [access.md](access.md)",
  ),
  ACCESS_AUDIENCE: told("none", "audience tags with commas between", "the Access applications that guard this Worker"),
  ACCESS_PEOPLE: told(
    "none: nobody may do anything",
    "JSON: `[{email, domain, group or service, preset, towns?}]`",
    "what those may do whom Access has signed in; the first that fits counts",
  ),
  WATCHTOWER_MODE: told(
    "`heal`",
    "`heal`, `detect`, `off`",
    "whether towns that are stuck are healed from outside, only noticed, or neither",
  ),
  WATCHTOWER_RESTARTS_PER_HOUR: told(
    "`3`",
    "a whole number",
    "restarts of one town in an hour, before a person has to look",
  ),
  WEBHOOKS_PRIVATE: told(
    "off",
    "`allow`",
    "webhooks may lead to any address, this machine and its network too, and by plain HTTP: [webhooks.md](webhooks.md)",
  ),
  HOST_CONNECTIONS: told(
    "`6`, which is Cloudflare's bound",
    "1 to 32",
    "so many calls to each host may be out at once, half of them starts; one that hangs keeps as many agents waiting. `npm start` sets 32",
  ),
  CONTAINER_PER: told(
    "`town`",
    "`town`, `rig`, `agent`",
    "who shares a container. Landings of a rig share one in any case",
  ),
  CONTAINER_IDLE_SECONDS: told("`300`", "a whole number", "a container in which nothing ran for so long is stopped"),
  EGRESS_ALLOW: told(
    "hosts with rules alone",
    "hosts with commas between, `*` for all",
    "what containers may reach over HTTP and HTTPS. `wrangler.toml` comes with GitHub and npm's registry in it",
  ),
  EGRESS_RULES: told(
    "none",
    "JSON, a secret",
    "credentials that are put on outside of the container: `[{host, headers, paths?, to?, schemes?, ports?}]`",
  ),
  EGRESS_HTTPS: told(
    "on",
    "`off`",
    "`off`: HTTPS is not opened on its way out of a container, so no credentials can be put on it",
  ),
};

export const START: Words = {
  "--once": told("off", "no value", "leaves when every bead of the sample town has closed"),
  "--json": told("off", "with `--once`", "the last line of output is a summary as JSON"),
  "--empty": told("off", "no value", "makes no sample town"),
  "--port": told("`8787`", "0 to 65535; `0`: any free one", "where it listens"),
  "--state": told("`.townkeeper` in the checkout", "a folder", "where everything is kept"),
  "--host-url": told("a host of its own", "a URL", "a host that already runs is used"),
  "--host-token-file": told("`TOWNKEEPER_HOST_TOKEN`", "a file", "the token of that host"),
  "--no-trailers": told(
    "off",
    "no value",
    "commits don't say which bead and attempt they are of, unless a rig says otherwise",
  ),
  "--private-webhooks": told(
    "off",
    "no value",
    "webhooks may lead to this machine and its network, and by plain HTTP: [webhooks.md](webhooks.md)",
  ),
  "--agent-user": told(
    "the user who starts it",
    "users with commas between; needs root",
    "who agents run as; of several each run has one to itself",
  ),
  "--pass-env": told(
    "none",
    "names of variables with commas between",
    "variables of yours that every agent and gate gets",
  ),
  "--help": told("off", "no value", "shows these"),
};

export const HOST_PROGRAM: Words = {
  "--token-file": told(
    "`TOWNKEEPER_HOST_TOKEN`",
    "a file, or `-` for the standard input",
    "the token that it obeys, or joins with",
  ),
  "--state": told("none: it must be given", "a folder", "where it keeps mirrors, working copies and logs"),
  "--join": told(
    "none: it listens",
    "the URL that `town host add` told",
    "dials in to a town that can't reach this machine",
  ),
  "--listen": told("`127.0.0.1`", "an address", "where it listens: who holds its token may run commands there"),
  "--port": told("`8791`", "0 to 65535", "the port of that"),
  "--max-runs": told("`16`", "1 to 10000", "runs at a time"),
  "--min-free": told("`512`", "MiB, 0 or more", "with less free room nothing starts"),
  "--agent-user": told("its own user", "users with commas between; needs root", "who agents and gates run as"),
  "--pass-env": told(
    "none",
    "names of variables with commas between",
    "variables of its own that every agent and gate gets",
  ),
  "--isolation": told(
    "`auto`",
    "`auto`, `group`",
    "`group`: runs get no PID namespace, also where the system would give them one",
  ),
  "--no-trailers": told(
    "off",
    "no value",
    "commits don't say which bead and attempt they are of, unless a rig says otherwise",
  ),
  "--save-on-drain": told(
    "off",
    "",
    "at SIGTERM, what agents had done is pushed to their own branches, since the disk goes too",
  ),
  "--log-json": told("off", "no value", "its log is JSON, a line each"),
  "--drill": told("none", "`refuse:N`, `reject:N`", "for a drill: the Nth start is refused, or its answer broken"),
};

export const TERMINAL: Words = {
  TOWNKEEPER_URL: told("the town keeper of this checkout", "a URL", "where the town is (`--url`)"),
  TOWNKEEPER_TOKEN: told("of that town keeper", "a token", "who you are (`--token-file`)"),
  TOWNKEEPER_TOWN: told(
    "of the context; else the one that `town init` set up; else `sample`",
    "a town's name",
    "which town is meant (`--town`)",
  ),
  TOWNKEEPER_STATE: told("`.townkeeper`", "a folder", "the state folder of the town keeper that is meant (`--state`)"),
  TOWNKEEPER_CONTEXT: told("the one in use", "a context's name", "which of your contexts is meant (`--context`)"),
  NO_COLOR: told("unset", "anything", "no colours"),
};
