import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mutants } from "../../sim/mutants/index.ts";
import { editedFiles } from "../../sim/mutants/tree.ts";

const root = join(import.meta.dirname, "../..");

test("no two mutants share a name, and each says what goes wrong", () => {
  const names = mutants.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { why } of mutants) expect(why).not.toBe("");
});

describe("each mutant still fits the program", () => {
  test.each(mutants.filter(({ pending }) => pending === undefined))("$name", ({ edits }) => {
    expect(edits).not.toEqual([]);
    for (const [file, text] of editedFiles(edits)) expect(text).not.toBe(readFileSync(join(root, file), "utf8"));
  });
});

test("an edit that does not fit fails loudly", () => {
  const edit = { file: "package.json", find: "no such text", replace: "" };
  expect(() => editedFiles([edit])).toThrow("found 0 times");
  expect(() => editedFiles([{ ...edit, find: '"' }])).toThrow(/found \d+ times/);
  expect(() => editedFiles([{ ...edit, find: '"townkeeper"', replace: '"townkeeper"' }])).toThrow("changes nothing");
});
