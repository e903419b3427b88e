import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp } from "../src/clamp.js";

test("clamp leaves what lies inside", () => {
  assert.equal(clamp(5, 0, 10), 5);
});

test("clamp moves what lies outside to the nearer bound", () => {
  assert.deepEqual([clamp(-1, 0, 10), clamp(11, 0, 10)], [0, 10]);
});
