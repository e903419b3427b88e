/** How long an action that fails is held back. */
import { expect, test } from "vitest";
import { RepeatBook } from "../../src/reconciler/repeats.ts";
import { NOW } from "./health-facts.ts";

const dispatch = (n: number) => ({ type: "dispatch_agent" as const, agentId: "ada", beadId: `lib-${n}` });

test("an action that fails is held back from the first time, twice as long each time, up to a minute", () => {
  const waits: number[] = [];
  let repeats = {};
  let nowMs = NOW;
  for (let tick = 1; tick <= 9; tick++) {
    const book = new RepeatBook(repeats, nowMs, tick);
    expect(book.isThrottled("dispatch_agent", "lib-1")).toBe(false);
    book.cameToNothing(dispatch(1), "boom", 0, 0.999_999);
    book.cameToNothing(dispatch(1), "boom again, in the same tick", 0, 0.999_999);
    expect(book.isThrottled("dispatch_agent", "lib-1")).toBe(true);
    expect(book.isThrottled("land_bead", "lib-1")).toBe(false);
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
    expect(book.isThrottled("dispatch_agent", "lib-1")).toBe(tick === 5);
  }
});

test("when everything fails, what is remembered of it stays small", () => {
  const book = new RepeatBook({}, NOW, 1);
  for (let n = 1; n <= 1_000; n++) book.cameToNothing(dispatch(n), "boom", 0, 0.5);
  expect(Object.keys(book.toJSON())).toHaveLength(200);
});
