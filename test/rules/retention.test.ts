import { expect, test } from "vitest";
import { type Keeper, type Pruning, prunesAtMs, pruningOf, pruningSetBack, reachNow } from "../../src/lib/retention.ts";
import { settingsSchema, withSettings } from "../../src/lib/settings.ts";

const DAY = 86_400_000;
const forAMonth = { days: 30, logDays: 7 };

const aTown = (known: Partial<Pruning> = {}, part: Partial<Keeper> = {}): Keeper => {
  const fresh = { createdAtMs: 100 * DAY, lastBead: 5, eventsApplied: 10, pruning: null };
  const none = { untilMs: 0, oldestMs: null };
  const pruning = { ...pruningOf(fresh), lookedAtMs: 200.5 * DAY, facts: 10, beads: none, logs: none, ...known };
  return { ...fresh, pruning, ...part };
};

test("a town that has no beads, or keeps them for ever, never looks", () => {
  expect(prunesAtMs(aTown({}, { lastBead: 0, pruning: null }), forAMonth)).toBeNull();
  expect(
    prunesAtMs(aTown({ gone: { beads: 5, attempts: 9, throughMs: 1 } }, { eventsApplied: 11 }), forAMonth),
  ).toBeNull();
  expect(prunesAtMs(aTown({}, { eventsApplied: 11 }), { days: null, logDays: null })).toBeNull();
});

test("with no news it looks when the oldest that it knows of is due, at midnight, and never twice a day", () => {
  expect(prunesAtMs(aTown(), forAMonth)).toBeNull();
  const reach = (oldestMs: number) => ({ untilMs: 0, oldestMs });
  expect(prunesAtMs(aTown({ beads: reach(190.1 * DAY) }), forAMonth)).toBe(221 * DAY);
  expect(prunesAtMs(aTown({ beads: reach(190.1 * DAY), logs: reach(199 * DAY) }), forAMonth)).toBe(206 * DAY);
  expect(prunesAtMs(aTown({ beads: reach(1) }), forAMonth)).toBe(201 * DAY);
  expect(prunesAtMs(aTown({ beads: reach(190 * DAY) }), { days: null, logDays: 7 })).toBeNull();
});

test("with news it looks when what came since its last look may be old, and not before", () => {
  expect(prunesAtMs(aTown({}, { eventsApplied: 11 }), forAMonth)).toBe(208 * DAY);
  expect(prunesAtMs(aTown(), forAMonth, 11)).toBe(208 * DAY);
  expect(prunesAtMs(aTown({}, { eventsApplied: 11 }), { days: 30, logDays: null })).toBe(231 * DAY);
});

test("what is kept for less than a day is looked for as often", () => {
  const hour = DAY / 24;
  const town = aTown({ beads: { untilMs: 0, oldestMs: 200.5 * DAY + 1 } });
  expect(prunesAtMs(town, { days: 1 / 24, logDays: null })).toBe(200.5 * DAY + 2 * hour);
});

test("a look goes a week beyond the oldest at most, and never to what is too young", () => {
  const now = (untilMs: number, oldestMs: number | null, nowMs: number) =>
    reachNow({ untilMs, oldestMs }, 200 * DAY, nowMs, 30 * DAY, forAMonth);
  expect(now(170 * DAY, 171 * DAY, 201 * DAY)).toBe(171 * DAY);
  expect(now(170 * DAY, 171 * DAY, 566 * DAY)).toBe(178 * DAY);
  expect(now(170 * DAY, 300 * DAY, 566 * DAY)).toBe(307 * DAY);
  expect(now(170 * DAY, null, 566 * DAY)).toBe(207 * DAY);
});

test("a look that is under way goes on in a moment; when the clock goes back, it does so too", () => {
  const look = { steppedAtMs: 300 * DAY, at: 7, hasPruned: true, boundMs: null };
  const town = aTown({ look });
  expect(prunesAtMs(town, forAMonth)).toBe(300 * DAY + 50);
  expect(prunesAtMs(town, { days: null, logDays: null })).toBeNull();
  const back = pruningSetBack(town.pruning, DAY);
  expect(prunesAtMs({ ...town, pruning: back }, forAMonth)).toBe(299 * DAY + 50);
  expect(back?.lookedAtMs).toBe(199.5 * DAY);
  expect(pruningSetBack(null, DAY)).toBeNull();
});

test("retention is set in days, each for itself; null is for ever, and an hour the least", () => {
  const { retention } = settingsSchema.parse({});
  expect(retention).toEqual({ days: 90, logDays: 7 });
  expect(withSettings(settingsSchema.parse({}), { retention: { days: null } }).retention).toEqual({
    days: null,
    logDays: 7,
  });
  for (const days of [0, 1 / 25, -1, "7"])
    expect(settingsSchema.safeParse({ retention: { days } }).success, String(days)).toBe(false);
});
