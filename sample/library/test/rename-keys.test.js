import assert from "node:assert/strict";
import { test } from "node:test";
import { renameKeys } from "../src/rename-keys.js";

test("renameKeys renames to dashes", () => {
  assert.deepEqual(renameKeys({ topLeft: 1, x: 2 }, "kebab"), { "top-left": 1, x: 2 });
});

test("renameKeys renames to capitals", () => {
  assert.deepEqual(renameKeys({ "top-left": [1] }, "camel"), { topLeft: [1] });
});

test("renameKeys refuses other styles", () => {
  assert.throws(() => renameKeys({}, "shouting"), RangeError);
});
