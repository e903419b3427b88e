import assert from "node:assert/strict";
import { test } from "node:test";
import { mean } from "../src/mean.js";

test("mean is the sum over the count", () => {
  assert.equal(mean([1, 2, 6]), 3);
});

test("mean is null for none", () => {
  assert.equal(mean([]), null);
});
