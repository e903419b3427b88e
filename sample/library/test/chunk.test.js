import assert from "node:assert/strict";
import { test } from "node:test";
import { chunk } from "../src/chunk.js";

test("chunk cuts, the last piece shorter", () => {
  assert.deepEqual(chunk([1, 2, 3], 2), [[1, 2], [3]]);
});

test("chunk cuts nothing into nothing", () => {
  assert.deepEqual(chunk([], 2), []);
});

test("chunk refuses sizes that are no sizes", () => {
  for (const size of [0, -1, 1.5]) assert.throws(() => chunk([1], size), RangeError);
});
