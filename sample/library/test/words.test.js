import assert from "node:assert/strict";
import { test } from "node:test";
import { words } from "../src/words.js";

test("words splits at everything that is neither letter nor digit", () => {
  assert.deepEqual(words("Hello, big  world!"), ["Hello", "big", "world"]);
});

test("words begins a new word at a capital after a small letter", () => {
  assert.deepEqual(words("camelCase2go"), ["camel", "Case2go"]);
});

test("words finds none in an empty text", () => {
  assert.deepEqual(words(" -- "), []);
});
