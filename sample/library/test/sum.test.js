import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../src/sum.js";

test("sum adds", () => {
  assert.equal(sum([1, 2, 3]), 6);
});

test("sum is 0 for none", () => {
  assert.equal(sum([]), 0);
});
