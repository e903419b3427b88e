import assert from "node:assert/strict";
import { test } from "node:test";
import { wordCount } from "../src/word-count.js";

test("wordCount counts, the most frequent first", () => {
  assert.deepEqual(wordCount("the cat and The dog")[0], ["the", 2]);
});

test("wordCount orders ties by alphabet", () => {
  assert.deepEqual(wordCount("b a"), [
    ["a", 1],
    ["b", 1],
  ]);
});

test("wordCount counts nothing in nothing", () => {
  assert.deepEqual(wordCount(""), []);
});
