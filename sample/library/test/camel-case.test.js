import assert from "node:assert/strict";
import { test } from "node:test";
import { camelCase } from "../src/camel-case.js";

test("camelCase joins words by capitals", () => {
  assert.equal(camelCase("background color"), "backgroundColor");
});

test("camelCase undoes dashes", () => {
  assert.equal(camelCase("border-top-width"), "borderTopWidth");
});

test("camelCase makes nothing of nothing", () => {
  assert.equal(camelCase(""), "");
});
