import assert from "node:assert/strict";
import { test } from "node:test";
import { truncate } from "../src/truncate.js";

test("truncate leaves what fits", () => {
  assert.equal(truncate("Hello", 5), "Hello");
});

test("truncate cuts what does not, and says so", () => {
  assert.equal(truncate("Hello world", 6), "Hello…");
});

test("truncate does not cut a character in half", () => {
  assert.equal(truncate("😀😀😀", 2), "😀…");
});
