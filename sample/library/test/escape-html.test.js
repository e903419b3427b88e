import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeHtml } from "../src/escape-html.js";

test("escapeHtml escapes all five", () => {
  assert.equal(escapeHtml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
});

test("escapeHtml escapes an entity again", () => {
  assert.equal(escapeHtml("&lt;"), "&amp;lt;");
});
