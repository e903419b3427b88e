import { expect, test } from "vitest";
import { type Settings, settingsSchema, withSettings } from "../../src/lib/settings.ts";
import { spanText, tierAfter, waitsJson } from "../../src/lib/stall.ts";
import type { Allowance } from "../../src/reconciler/allowance.ts";
import { answerStalls } from "../../src/reconciler/rules/answer-stalls.ts";
import type { Snapshot } from "../../src/reconciler/types.ts";

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const usual = settingsSchema.parse({});
const aRun = (silentMinutes: number, stall = 0, role = "worker") => ({
  agentId: "ada",
  role,
  fence: 7,
  stall,
  sinceMs: NOW - silentMinutes * MINUTE,
});
const plan = (run: ReturnType<typeof aRun>, settings: Settings = usual) =>
  answerStalls
    .plan({ nowMs: NOW, settings, silent: [run], pastLimit: [] } as unknown as Snapshot, {} as Allowance)
    .map(({ type }) => type);

test.each([
  [19.99, 0, []],
  [20, 0, ["nudge_run"]],
  [44, 1, []],
  [45, 1, ["escalate_run"]],
  [50, 0, ["escalate_run"]], // nobody looked in time: the highest tier is what counts
  [119, 2, []],
  [120, 2, ["stop_stalled_run"]],
  [500, 0, ["stop_stalled_run"]],
])("after %d minutes of silence, at tier %d: %j", (minutes, stall, actions) => {
  expect(plan(aRun(minutes, stall))).toEqual(actions);
});

test("a tier that is left out is passed over, and roles have their own", () => {
  const settings = withSettings(usual, {
    stall: { escalateMs: null },
    stallByRole: { builder: { nudgeMs: 60 * MINUTE }, watcher: { nudgeMs: null, stopMs: null } },
  });
  expect(plan(aRun(60, 1), settings)).toEqual([]);
  expect(plan(aRun(120, 1), settings)).toEqual(["stop_stalled_run"]);
  expect(plan(aRun(59, 0, "builder"), settings)).toEqual([]);
  expect(plan(aRun(60, 0, "builder"), settings)).toEqual(["nudge_run"]);
  expect(plan(aRun(9_000, 0, "watcher"), settings)).toEqual([]);
  expect(plan(aRun(20, 0, "constructor"), settings)).toEqual(["nudge_run"]);
  expect(waitsJson(settings)).toEqual({
    usual: JSON.stringify([20 * MINUTE, 120 * MINUTE, 120 * MINUTE]),
    byRole: JSON.stringify({ builder: [60 * MINUTE, 120 * MINUTE, 120 * MINUTE], watcher: [null, null, null] }),
  });
});

test("the tiers rise, for the town and for each role, or they are refused", () => {
  expect(() => withSettings(usual, { stall: { stopMs: 45 * MINUTE } })).toThrow("longer than the one before");
  expect(() => withSettings(usual, { stallByRole: { builder: { nudgeMs: 46 * MINUTE } } })).toThrow(
    "stallByRole.builder",
  );
  expect(withSettings(usual, { stall: { nudgeMs: 1 } }).stall).toEqual({ ...usual.stall, nudgeMs: 1 });
});

test("no tier stops a quiet build of forty minutes", () => {
  expect(tierAfter(usual, "worker", 60 * MINUTE)).toBeLessThan(3);
});

test.each([
  [9_999, "9 s"],
  [59 * MINUTE, "59 min"],
  [120 * MINUTE, "2 h"],
  [150 * MINUTE, "2 h 30 min"],
])("%d ms is %s", (ms, text) => expect(spanText(ms)).toBe(text));
