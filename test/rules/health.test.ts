/** Health as pure functions: when a loop is stale, which word fits a town, and what a person is told first. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Incident, TownRow } from "../../src/db/schema.ts";
import { defaultSettings, type Settings } from "../../src/lib/settings.ts";
import { bannerOf } from "../../src/queries/health/banner.ts";
import { bannerInput } from "../../src/queries/health/index.ts";
import { judge, type Verdict } from "../../src/queries/health/verdict.ts";
import { FAILING_STREAK, LATE_AFTER_MS } from "../../src/reconciler/limits.ts";
import { RepeatBook } from "../../src/reconciler/repeats.ts";
import { type Condition, failing } from "../../src/reconciler/watch/conditions.ts";
import type { HealthFacts } from "../../src/reconciler/watch/facts.ts";
import { isLate, isStale, lateSince, pauseNow, staleThresholdMs } from "../../src/reconciler/watch/staleness.ts";

const T = 60_000;
/** Now, far from zero. */
const NOW = 10 * T;

const neverTicked = { pollStartedAtMs: null, pollCompletedAtMs: null, nextWakeAtMs: null };
const asleep = { pollStartedAtMs: 1_000, pollCompletedAtMs: 1_000, nextWakeAtMs: null };

test.each([
  ["never ticked, nothing due", neverTicked, null, false],
  ["never ticked, due just now", { ...neverTicked, nextWakeAtMs: NOW }, null, false],
  ["never ticked, due exactly the threshold ago", { ...neverTicked, nextWakeAtMs: NOW - T }, NOW - T, false],
  ["never ticked, due longer ago", { ...neverTicked, nextWakeAtMs: NOW - T - 1 }, NOW - T - 1, true],
  ["hangs in its very first tick", { ...neverTicked, pollStartedAtMs: NOW - T - 1 }, NOW - T - 1, true],
  ["asleep, nothing due, for however long", asleep, null, false],
  ["asleep, due in a while", { ...asleep, nextWakeAtMs: NOW + 1 }, null, false],
  ["asleep, due exactly the threshold ago", { ...asleep, nextWakeAtMs: NOW - T }, NOW - T, false],
  ["asleep, due longer ago", { ...asleep, nextWakeAtMs: NOW - T - 1 }, NOW - T - 1, true],
  ["in flight, exactly the threshold", { ...asleep, pollStartedAtMs: NOW - T }, NOW - T, false],
  ["in flight, longer", { ...asleep, pollStartedAtMs: NOW - T - 1 }, NOW - T - 1, true],
  [
    "in flight for a moment, though something was due long ago",
    { ...asleep, pollStartedAtMs: NOW - 1, nextWakeAtMs: 0 },
    NOW - 1,
    false,
  ],
  [
    "in flight for long, though nothing is due for an hour",
    { ...asleep, pollStartedAtMs: NOW - T - 1, nextWakeAtMs: NOW + 3_600_000 },
    NOW - T - 1,
    true,
  ],
  [
    "started and completed in the same millisecond",
    { ...asleep, pollStartedAtMs: 1, pollCompletedAtMs: 1 },
    null,
    false,
  ],
] as const)("stale or not: %s", (_name, polls, since, stale) => {
  expect(lateSince(polls, NOW)).toBe(since);
  expect(isStale(polls, NOW, T)).toBe(stale);
});

test("nothing in flight and nothing due is never stale, at any time and threshold", () => {
  const time = fc.nat(1e12);
  fc.assert(
    fc.property(time, time, time, fc.nat(1e6), (started, more, nowMs, threshold) => {
      const polls = { pollStartedAtMs: started, pollCompletedAtMs: started + more, nextWakeAtMs: null };
      expect(isStale(polls, nowMs, threshold)).toBe(false);
      expect(isLate(polls, nowMs)).toBe(false);
    }),
  );
});

test.each<[string, Partial<Settings>, number]>([
  ["the default heartbeat", {}, 120_000],
  ["short heartbeats: a minute at least", { heartbeatMs: 1_000 }, 60_000],
  ["ten heartbeats of seven seconds", { heartbeatMs: 7_000 }, 70_000],
  ["set by hand, shorter than the default", { pollStaleThresholdMs: 30_000 }, 30_000],
  ["set by hand, longer", { pollStaleThresholdMs: 3_600_000 }, 3_600_000],
  ["set by hand, and heartbeats count no more", { pollStaleThresholdMs: 30_000, heartbeatMs: 60_000 }, 30_000],
  ["set by hand, below what a tick may take", { pollStaleThresholdMs: 1 }, 20_000],
  ["a tick that may take longer than a minute", { heartbeatMs: 1_000, startDeadlineMs: 100_000 }, 105_000],
])("the threshold follows the settings: %s", (_name, settings, expected) => {
  expect(staleThresholdMs({ ...defaultSettings, ...settings })).toBe(expected);
});

test("a pause counts until its end, whether or not a tick has taken it down", () => {
  const pause = { by: "ann", why: "a release", sinceMs: 1, untilMs: null };
  expect(pauseNow({ paused: null }, NOW)).toBeNull();
  expect(pauseNow({ paused: pause }, NOW)).toBe(pause);
  expect(pauseNow({ paused: { ...pause, untilMs: NOW + 1 } }, NOW)).not.toBeNull();
  expect(pauseNow({ paused: { ...pause, untilMs: NOW } }, NOW)).toBeNull();
});

const condition = (kind: Condition["kind"]): Condition => ({
  kind,
  cause: `it is ${kind}`,
  hint: `mend the ${kind}`,
  evidence: { rig: "lib", ready: 3 },
});
const incident = (kind: Incident["kind"], id = 7): Incident => ({
  ...condition(kind),
  id,
  openedAtMs: 5_000,
  closedAtMs: null,
  healedBy: null,
  evidence: { since: "2026-01-01T00:00:00.000Z" },
});
const pause = { by: "ann", why: "a release", sinceMs: 4_000, untilMs: null };

/** Only what health is read from. */
type Sketch = Partial<Omit<HealthFacts, "town">> & { town?: Partial<TownRow> };

const facts = ({ town, ...more }: Sketch = {}): HealthFacts => ({
  town: {
    name: "home",
    settings: defaultSettings,
    paused: null,
    draining: false,
    ticks: 9,
    ...asleep,
    ...town,
  } as TownRow,
  conditions: [],
  open: [],
  asked: null,
  ready: 0,
  available: 0,
  live: 0,
  hooked: 0,
  waiting: false,
  reviewed: 0,
  ...more,
});

const stale = { pollStartedAtMs: NOW - 120_001 };
const late = { nextWakeAtMs: NOW - LATE_AFTER_MS - 1 };

test.each<[string, Sketch, Verdict["verdict"], Verdict["axis"]]>([
  ["nothing to do", {}, "idle", null],
  ["never ticked", { town: neverTicked }, "idle", null],
  ["a run is live", { live: 1 }, "healthy", null],
  ["beads are ready, or wait for their next try", { waiting: true }, "healthy", null],
  ["a bead waits on a hook", { hooked: 1 }, "healthy", null],
  ["a bead waits to land", { reviewed: 1 }, "healthy", null],
  ["due for a moment", { town: { nextWakeAtMs: NOW - LATE_AFTER_MS } }, "idle", null],
  ["due for longer", { town: late }, "late", "ticking"],
  ["due for longer, while a tick is in flight", { town: { ...late, pollStartedAtMs: NOW - 1 } }, "idle", null],
  ["in flight past the threshold", { town: stale }, "stalled", "ticking"],
  ["never ticked and due for ages", { town: { ...neverTicked, nextWakeAtMs: 1 } }, "stalled", "ticking"],
  ["restarted, and no tick has completed yet", { open: [incident("stale")] }, "stalled", "ticking"],
  ["failing", { conditions: [condition("failing")] }, "spinning", "converging"],
  ["spinning", { conditions: [condition("spinning")] }, "spinning", "converging"],
  ["stuck", { conditions: [condition("stuck")] }, "starved", "productive"],
  ["starved", { conditions: [condition("starved")] }, "starved", "productive"],
  ["draining", { town: { draining: true }, live: 2 }, "draining", null],
  ["paused", { town: { paused: pause } }, "paused", null],
  ["paused until a while ago, and asleep", { town: { paused: { ...pause, untilMs: NOW - 1 } } }, "idle", null],
  [
    "paused until an hour ago, and no tick came to end it",
    { town: { paused: { ...pause, untilMs: NOW - 3_600_000 }, nextWakeAtMs: NOW - 3_600_000 } },
    "stalled",
    "ticking",
  ],
])("one word for it: %s", (_name, sketch, verdict, axis) => {
  const judged = judge(facts(sketch), NOW);
  expect(judged).toMatchObject({ verdict, axis });
  const fine = verdict === "idle" || verdict === "healthy";
  expect(judged.cause === null).toBe(fine);
  expect(judged.hint === null).toBe(fine);
});

test("of several the gravest is said: each hides all that come after it", () => {
  const layers: [Verdict["verdict"], string | null, (sketch: Required<Sketch>) => void][] = [
    ["paused", null, ({ town }) => Object.assign(town, { paused: pause })],
    ["stalled", null, ({ town }) => Object.assign(town, stale)],
    ["spinning", "it is failing", ({ conditions }) => conditions.push(condition("failing"))],
    ["spinning", "it is spinning", ({ conditions }) => conditions.push(condition("spinning"))],
    ["draining", null, ({ town }) => Object.assign(town, { draining: true })],
    ["starved", "it is stuck", ({ conditions }) => conditions.push(condition("stuck"))],
    ["starved", "it is starved", ({ conditions }) => conditions.push(condition("starved"))],
    ["late", null, ({ town }) => Object.assign(town, late)],
    ["healthy", null, (sketch) => Object.assign(sketch, { live: 1 })],
  ];
  const sketch = { ...facts(), town: {} } as unknown as Required<Sketch>;
  for (const [verdict, cause, adds] of layers.toReversed()) {
    adds(sketch);
    expect(judge(facts(sketch), NOW)).toMatchObject({ verdict, ...(cause && { cause }) });
  }
});

test("a verdict names its incident, since when, and what it goes by", () => {
  expect(judge(facts({ conditions: [condition("stuck")], open: [incident("stuck")] }), NOW)).toMatchObject({
    sinceMs: 5_000,
    incident: 7,
    hint: "mend the stuck",
    evidence: { ready: 3 },
  });
  const asked = { effect: "dispatch_agent", fence: 3, agent: "ada", bead: "lib-1" };
  expect(judge(facts({ town: stale, asked }), NOW)).toMatchObject({
    sinceMs: stale.pollStartedAtMs,
    evidence: { inFlight: true, tick: 9, phase: "effects", ...asked },
  });
  expect(judge(facts({ town: { paused: pause } }), NOW)).toMatchObject({
    sinceMs: 4_000,
    evidence: { by: "ann", why: "a release", until: null },
    cause: expect.stringContaining("a release"),
    hint: expect.stringContaining("/v1/towns/home"),
  });
});

test("a few ticks that fail are nobody's business; a streak is", () => {
  expect(failing({ errorStreak: FAILING_STREAK - 1, lastError: "boom" })).toBeNull();
  expect(failing({ errorStreak: FAILING_STREAK, lastError: "boom" })).toMatchObject({
    kind: "failing",
    cause: expect.stringContaining("boom"),
  });
});

const well = { stalled: null, stuck: null, lastPollCompletedAtMs: NOW };
const stuck = { key: "7", ready: 3, hint: "Enable one." };

test.each([
  [null, "for a while"],
  [0, "for a while"],
  [59_999, "for a while"],
  [60_000, "for over 1 minute."],
  [119_999, "for over 1 minute."],
  [120_000, "for over 2 minutes."],
  [3_659_999, "for over 60 minutes."],
])("the red banner counts whole minutes, never rounded up: %j ms", (ms, words) => {
  const lastPollCompletedAtMs = ms === null ? null : NOW * 10 - ms;
  const banner = bannerOf({ ...well, lastPollCompletedAtMs, stalled: { key: "x" } }, NOW * 10);
  expect(banner?.text).toContain(`Dispatch loop is wedged. No tick has completed ${words}`);
  expect(banner?.level).toBe("red");
});

test("the amber banner counts beads; red goes before amber; nothing wrong shows nothing", () => {
  expect(bannerOf(well, NOW)).toBeNull();
  expect(bannerOf({ ...well, stuck }, NOW)).toMatchObject({
    level: "amber",
    text: "Dispatch is stuck. 3 beads ready, no available agents. Enable one.",
  });
  expect(bannerOf({ ...well, stuck: { ...stuck, ready: 1 } }, NOW)?.text).toContain(" 1 bead ready,");
  expect(bannerOf({ ...well, stuck, stalled: { key: "x" } }, NOW)).toMatchObject({ level: "red" });
});

const keyOf = (sketch: Sketch): string | undefined => {
  const all = facts(sketch);
  return bannerOf(bannerInput(all, judge(all, NOW), NOW), NOW)?.key;
};

test("a banner that was dismissed stays away while its incident lasts, and comes back with the next, or worse", () => {
  const isStuck = { conditions: [condition("stuck")], open: [incident("stuck")] };
  const amber = keyOf(isStuck);
  // Something else goes wrong beside it, which is another's incident.
  const andSpins = {
    conditions: [condition("spinning"), condition("stuck")],
    open: [incident("spinning", 9), incident("stuck")],
  };
  expect(keyOf(andSpins)).toBe(amber);
  expect(keyOf({ ...isStuck, open: [incident("stuck", 8)] })).not.toBe(amber);
  expect(keyOf({ ...isStuck, town: stale })).not.toBe(amber);
  // A stall has the same key before somebody puts it on record, after that, and after a restart.
  const red = keyOf({ town: stale });
  const noticed = { ...incident("stale"), evidence: { since: new Date(stale.pollStartedAtMs).toISOString() } };
  expect(keyOf({ town: stale, open: [noticed] })).toBe(red);
  expect(keyOf({ town: { pollStartedAtMs: NOW - 1 }, open: [noticed] })).toBe(red);
  expect(keyOf({ town: { pollStartedAtMs: NOW - 200_000 } })).not.toBe(red);
});

const dispatch = (n: number) => ({ type: "dispatch_agent" as const, agentId: "ada", beadId: `lib-${n}` });

test("an action that fails is held back from the first time, twice as long each time, up to a minute", () => {
  const waits: number[] = [];
  let repeats = {};
  let nowMs = NOW;
  for (let tick = 1; tick <= 9; tick++) {
    const book = new RepeatBook(repeats, nowMs, tick);
    expect(book.isHeld("dispatch_agent", "lib-1")).toBe(false);
    book.cameToNothing(dispatch(1), "boom", 0, 0.999_999);
    book.cameToNothing(dispatch(1), "boom again, in the same tick", 0, 0.999_999);
    expect(book.isHeld("dispatch_agent", "lib-1")).toBe(true);
    expect(book.isHeld("land_bead", "lib-1")).toBe(false);
    repeats = book.toJSON();
    waits.push(Math.round(((book.nextMs ?? 0) - nowMs) / 1_000));
    nowMs = book.nextMs ?? 0;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test("what is held back is remembered over any number of ticks, and forgotten when it is over, or was applied", () => {
  const first = new RepeatBook({}, NOW, 1);
  for (let n = 1; n <= 2; n++) first.cameToNothing(dispatch(n), "boom", 0, 0.5);
  const before = first.toJSON();
  expect(new RepeatBook(before, NOW + 500, 10_000).size).toBe(2);
  expect(new RepeatBook(before, NOW + 600_000, 10_000).size).toBe(0);
  const later = new RepeatBook(before, NOW + 60_000, 2);
  later.applied(dispatch(1));
  expect(Object.keys(later.toJSON())).toEqual(["dispatch_agent lib-2"]);
});

test("a stale action is tolerated a few times, since the next pass should see it differently", () => {
  let repeats = {};
  for (let tick = 1; tick <= 5; tick++) {
    const book = new RepeatBook(repeats, NOW, tick);
    book.cameToNothing(dispatch(1), "not idle", 4, 0.5);
    repeats = book.toJSON();
    expect(book.isHeld("dispatch_agent", "lib-1")).toBe(tick === 5);
  }
});

test("when everything fails, what is remembered of it stays small", () => {
  const book = new RepeatBook({}, NOW, 1);
  for (let n = 1; n <= 1_000; n++) book.cameToNothing(dispatch(n), "boom", 0, 0.5);
  expect(Object.keys(book.toJSON())).toHaveLength(200);
});
