/** When a loop is stale, and the verdict on a town. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultSettings, type Settings } from "../../src/lib/settings.ts";
import { judge, type Verdict } from "../../src/queries/health/verdict.ts";
import { LATE_AFTER_MS } from "../../src/reconciler/limits.ts";
import { isLate, isStale, lateSince, pauseNow, staleThresholdMs } from "../../src/reconciler/watch/staleness.ts";
import { asleep, condition, facts, incident, NOW, type Sketch, stale, T } from "./health-facts.ts";

const neverTicked = { pollStartedAtMs: null, pollCompletedAtMs: null, nextWakeAtMs: null };

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

const pause = { by: "ann", why: "a release", sinceMs: 4_000, untilMs: null };

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
