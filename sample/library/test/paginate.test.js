import assert from "node:assert/strict";
import { test } from "node:test";
import { paginate } from "../src/paginate.js";

test("paginate gives the page asked for", () => {
  assert.deepEqual(paginate(["a", "b", "c"], 2, 2), { page: 2, pages: 2, items: ["c"] });
});

test("paginate gives the nearest page for one that is not there", () => {
  assert.deepEqual(paginate(["a", "b", "c"], 2, 9), { page: 2, pages: 2, items: ["c"] });
});

test("paginate has one empty page for an empty list", () => {
  assert.deepEqual(paginate([], 2, 1), { page: 1, pages: 1, items: [] });
});
