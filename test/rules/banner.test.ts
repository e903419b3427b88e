/** The banner over a town. */
import { expect, test } from "vitest";
import { bannerOf } from "../../src/queries/health/banner.ts";
import { bannerInput } from "../../src/queries/health/index.ts";
import { judge } from "../../src/queries/health/verdict.ts";
import { FAILING_STREAK } from "../../src/reconciler/limits.ts";
import { failing } from "../../src/reconciler/watch/conditions.ts";
import { condition, facts, incident, NOW, type Sketch, stale } from "./health-facts.ts";

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
