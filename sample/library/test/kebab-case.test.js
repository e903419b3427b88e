import assert from "node:assert/strict";
import { test } from "node:test";
import { kebabCase } from "../src/kebab-case.js";

test("kebabCase joins words by dashes", () => {
  assert.equal(kebabCase("Hello, big world"), "hello-big-world");
});

test("kebabCase takes camel case apart", () => {
  assert.equal(kebabCase("backgroundColor"), "background-color");
});

test("kebabCase makes nothing of nothing", () => {
  assert.equal(kebabCase(""), "");
});
