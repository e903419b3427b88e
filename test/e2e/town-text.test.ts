/** What `npm run town` says, as functions of the Worker's answers. */
import { expect, test } from "vitest";
import { spoken } from "../../cli/town/again.ts";
import type { Agent, Health } from "../../cli/town/answers.ts";
import {
  attentionLines,
  explainLines,
  incidentLines,
  placesText,
  plain,
  preflightLines,
  type Status,
  statusLines,
  tickLines,
} from "../../cli/town/text.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");

const at = (ms: number) => new Date(NOW + ms).toISOString();

const again = (words: string) => `npm run town -- ${words} --town home`;

const health: Health = {
  verdict: "healthy",
  since: null,
  cause: null,
  hint: null,
  banner: null,
  pollStale: false,
  hasStuckQueue: false,
  readyUnassignedBeads: 0,
  availableAgents: 1,
  liveAttempts: 0,
  nextWakeAt: null,
  computedAt: at(0),
};

const ada: Agent = {
  ...{ id: "ada", rig: "lib", status: "idle", enabled: true, bead: null, paused: null },
  ...{ troubles: 0, trouble: null, doubts: [], notBeforeAt: null, preflight: null },
};

const noBeads = { total: 0, open: 0, in_progress: 0, in_review: 0, closed: 0, failed: 0, cancelled: 0 };

const status: Status = {
  town: { name: "home", paused: null, draining: false, beads: { ...noBeads, total: 3, open: 1, in_progress: 2 } },
  health,
  agents: [],
  rigs: [],
  hosts: [],
  attempts: [],
  waiting: null,
  open: [],
  failed: [],
  again,
};

test("a town without anything is three lines", () => {
  expect(statusLines({ ...status, town: { ...status.town, beads: noBeads } })).toEqual([
    "home: healthy",
    "beads    none yet",
    "next     nothing is due: it sleeps until somebody brings news",
  ]);
});

test("a rig that is paused has its line: no verdict tells of it", () => {
  const paused = { by: "operator", why: "a release", until: null };
  const rigs = [
    { id: "app", paused },
    { id: "lib", paused: null },
    { id: "web", paused: { ...paused, why: "a release.", until: at(3_600_000) } },
  ];
  expect(statusLines({ ...status, rigs }).slice(1, 3)).toEqual([
    "paused   rig app, by operator: a release. It begins nothing; npm run town -- rig resume app --town home  ends that.",
    "paused   rig web, by operator: a release. It begins nothing; ends by itself in 1 h; npm run town -- rig resume web --town home  ends it now.",
  ]);
});

test("a landing says beside itself what it is at", () => {
  const landing = { kind: "landing" as const, bead: "lib-1", agent: null, state: "running" as const, startedAt: at(0) };
  const attempts = [{ ...landing, fence: 7, progress: "its gate passed; it waits for the landing before it" }];
  const lines = statusLines({ ...status, attempts, health: { ...health, liveAttempts: 1 } });
  expect(lines.at(-1)).toMatch(/fence 7 .* its gate passed; it waits for the landing before it$/);
});

test("what waits for a person has its line, and below it how to mend it", () => {
  expect(attentionLines("home", { items: [], more: 0 }, NOW, again)).toEqual(["home: nothing waits for you"]);
  const verb = { method: "PATCH" as const, path: "/v1/towns/home/beads/lib-1", body: { hold: null } };
  const item = {
    key: "k",
    severity: "warning" as const,
    target: { type: "agent" as const, id: "ada" },
    times: 1,
    meanwhile: "it waits",
    nextAt: null,
    hint: null,
    command: null,
  };
  const items = [
    {
      ...item,
      kind: "held",
      severity: "notice" as const,
      target: { type: "bead" as const, id: "lib-1" },
      since: at(-120_000),
      what: "lib-1 is held",
      verb,
    },
    {
      ...item,
      ...{ kind: "agent_trouble", since: null, what: "ada can't work", verb, command: "npm run town -- enable ada" },
      ...{ times: 3, nextAt: at(60_000), hint: "This request helps: this request." },
    },
    { ...item, kind: "starved", since: null, what: "no host", verb: null },
  ];
  expect(attentionLines("home", { items, more: 7 }, NOW, again)).toEqual([
    "notice held, 2 min ago: lib-1 is held",
    "  meanwhile it waits",
    '  PATCH /v1/towns/home/beads/lib-1 {"hold":null}',
    "  npm run town -- explain lib-1 --town home  says why",
    "warning agent trouble, 3 times: ada can't work",
    "  meanwhile it waits; next in 1 min",
    "  This command helps: this command.",
    "  npm run town -- enable ada --town home",
    "warning starved: no host",
    "  meanwhile it waits",
    "… and 7 more",
  ]);
});

test("one screen: the banner on top, then the verdict, beads, what each agent does, what is live, what is open", () => {
  const lines = statusLines({
    ...status,
    health: {
      ...health,
      verdict: "stalled",
      since: at(-185_000),
      cause: "a tick hangs",
      hint: "wait",
      banner: { level: "red", text: "Dispatch loop is wedged." },
      liveAttempts: 2,
      nextWakeAt: at(90_000),
    },
    agents: [
      { ...ada, status: "working", enabled: false, bead: "lib-1" },
      { ...ada, id: "bob", enabled: false },
      { ...ada, id: "grace", notBeforeAt: at(60_000), trouble: { kind: "provider_limited", message: "limit reached" } },
      { ...ada, id: "linus", notBeforeAt: at(-1), trouble: { kind: "auth", message: "long over" } },
    ],
    attempts: [
      { fence: 9, kind: "landing", bead: "lib-2", agent: null, state: "starting", startedAt: at(-1_000) },
      { fence: 8, kind: "run", bead: "lib-9", agent: "bob", state: "released", startedAt: at(-9_000) },
      { fence: 7, kind: "run", bead: "lib-1", agent: "ada", state: "running", startedAt: at(-61_000) },
    ],
    open: [{ id: 4, kind: "stale", openedAt: at(-125_000), closedAt: null, cause: "a tick hangs", healedBy: null }],
  });
  expect(lines).toEqual([
    "RED  Dispatch loop is wedged.",
    "",
    "home: stalled, 3 min ago",
    "         a tick hangs",
    "         wait",
    "beads    1 open, 2 in progress",
    "next     wakes in 1 min",
    "",
    "agents",
    "  ada    lib  working, disabled  lib-1",
    "  bob    lib  disabled",
    "  grace  lib  limited                   back in 1 min: limit reached",
    "  linus  lib  idle",
    "",
    "live attempts",
    "  fence 7  run      lib-1  ada  running   since 1 min",
    "  fence 9  landing  lib-2       starting  since 1 s",
    "",
    "open incidents",
    "  #4  stale  2 min ago  open  a tick hangs",
  ]);
});

test("beads that failed are named, the newest few of them, with what to do", () => {
  const town = { ...status.town, beads: { ...noBeads, total: 9, closed: 2, failed: 7 } };
  const failed = ["lib-9", "lib-8", "lib-6", "lib-5", "lib-4"].map((id) => ({ id }));
  expect(statusLines({ ...status, town, failed }).slice(1, 4)).toEqual([
    "beads    2 closed, 7 parked",
    "parked   lib-9, lib-8, lib-6, lib-5, lib-4, … and 2 more",
    "         npm run town -- explain lib-9 --town home  says why; npm run town -- retry lib-9 --town home  tries it again.",
  ]);
});

test("a hundred agents do not push the rest off the screen", () => {
  const agents = Array.from({ length: 100 }, (_, n) => ({ ...ada, id: `a${n}` }));
  const lines = statusLines({ ...status, agents });
  expect(lines.length).toBeLessThan(40);
  expect(lines.at(-1)).toBe("  … and 70 more");
});

test.each([
  ['PATCH /v1/towns/home {"paused":null} resumes it.', "`npm run town -- resume --town home` resumes it."],
  ['PATCH /v1/towns/home {"draining": false} ends it.', "`npm run town -- undrain --town home` ends it."],
  ["POST …/rigs/lib/landings/retry.", "`npm run town -- rig retry lib --town home`."],
  ["Push one (GET …/rigs/{id}).", "Push one (`npm run town -- rig show RIG --town home`)."],
  ['PATCH …/rigs/lib {"defaultBranch": null} for', "`npm run town -- rig edit lib --branch none --town home` for"],
  ['PATCH …/{town} {"settings":{"maxAgents":…}}', "`npm run town -- town set maxAgents=VALUE --town home`"],
  [
    'POST …/breaker/close {"host":"box; rm"} does it',
    "`npm run town -- breaker close --host 'box; rm' --town home` does it",
  ],
  ["GET …/hosts/{host}/channel is no command", "GET …/hosts/{host}/channel is no command"],
  ["as the Worker said", "as the Worker said"],
])("what the town says of requests is said of commands: %s", (told, shown) => {
  expect(spoken(told, again)).toBe(shown);
});

test("incidents and ticks are tables, or say that there are none", () => {
  expect(incidentLines([], NOW)).toEqual(["none"]);
  const times = { openedAt: at(-600_000), closedAt: at(-540_000) };
  const stuck = { id: 1, kind: "stuck" as const, ...times, cause: "why", healedBy: "ann" };
  expect(incidentLines([stuck, { ...stuck, id: 12, closedAt: null }], NOW)).toEqual([
    "#1   stuck  10 min ago  for 1 min, ended by ann  why",
    "#12  stuck  10 min ago  open                     why",
  ]);
  expect(tickLines([])).toEqual(["Nothing has happened yet."]);
  const tick = {
    startedAt: at(0),
    durationMs: 5,
    actions: [],
    settled: [],
    commands: [],
    facts: {},
    error: null,
    rowsRead: 1,
    rowsWritten: 2,
  };
  const refused = { action: "dispatch_agent", target: "lib-1", outcome: "stale" as const, why: "busy" };
  expect(
    tickLines([
      { ...tick, tick: 9, facts: { run_finished: 2 }, actions: [refused] },
      { ...tick, tick: 10, durationMs: null, error: "no rows" },
    ]),
  ).toEqual([
    "9   2026-01-01 12:00:00  5 ms       1r 2w  2 run_finished; dispatch_agent lib-1 stale: busy",
    "10  2026-01-01 12:00:00  in flight  1r 2w  failed: no rows",
  ]);
});

test("a bead that waits: the gates that are shut, and what opens the first", () => {
  const open = { ok: true, why: null, until: null };
  expect(
    explainLines(
      {
        bead: "lib-2",
        status: "open",
        summary: "It waits: it is held by ann: think first.",
        gates: [
          { gate: "town_paused", ...open },
          { gate: "held", ok: false, why: "it is held by ann: think first", until: null },
          { gate: "backoff", ok: false, why: "it is not tried before noon", until: "2026-01-01T12:00:00.000Z" },
        ],
        nextLookAt: "2026-01-01T12:00:00.000Z",
        lastTry: null,
        unblock: {
          what: "End the hold.",
          request: 'PATCH /v1/towns/home/beads/lib-2 {"hold":null}',
          command: "npm run town -- bead release lib-2",
        },
      },
      again,
    ),
  ).toEqual([
    "lib-2: open. It waits:",
    "  held     it is held by ann: think first",
    "  backoff  it is not tried before noon     until 2026-01-01T12:00:00.000Z",
    "  1 other gate is open",
    "End the hold.  npm run town -- bead release lib-2 --town home",
    "The town looks again at 2026-01-01T12:00:00.000Z.",
  ]);
});

test("a host's places are shown in a word or two", () => {
  expect(placesText(null)).toBe("");
  expect(placesText({ free: 2, places: 4, lacks: null })).toBe("2 of 4 free");
  expect(placesText({ free: 0, places: null, lacks: null })).toBe("0 free");
  expect(placesText({ free: 3, places: 4, lacks: "low_disk" })).toBe("low disk");
});

test("what a preflight found says once how it is mended, on a line of its own", () => {
  const checks = [
    { name: "disk", ok: true, detail: "9 MiB are free", hint: null },
    { name: "command", ok: false, detail: "x is not here.", hint: "Install it." },
  ];
  expect(preflightLines("ada", { state: "failed", checks }).map(plain)).toEqual([
    "ada: its preflight failed",
    "  ok   disk: 9 MiB are free",
    "  FAIL command: x is not here.",
    "       Install it.",
  ]);
});
