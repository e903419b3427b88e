import assert from "node:assert/strict";
import { test } from "node:test";
import { range } from "../src/range.js";

test("range counts by one", () => {
  assert.deepEqual(range(2, 5), [2, 3, 4]);
});

test("range counts by more, and leaves the end out", () => {
  assert.deepEqual(range(0, 8, 4), [0, 4]);
});

test("range is empty when the end is not after the start", () => {
  assert.deepEqual(range(3, 3), []);
});

test("range refuses to stand still", () => {
  assert.throws(() => range(0, 1, 0), RangeError);
});
