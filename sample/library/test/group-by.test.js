import assert from "node:assert/strict";
import { test } from "node:test";
import { groupBy } from "../src/group-by.js";

test("groupBy gathers by key, in order", () => {
  assert.deepEqual(
    [...groupBy([1, 2, 3], (n) => n % 2)],
    [
      [1, [1, 3]],
      [0, [2]],
    ],
  );
});

test("groupBy takes any key, also __proto__", () => {
  assert.deepEqual(groupBy(["__proto__"], (s) => s).get("__proto__"), ["__proto__"]);
});
