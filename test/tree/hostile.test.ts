import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { subjects } from "../hostile/cases/index.ts";
import { tableOf } from "../hostile/table.ts";

test("docs/hostile.md has the table of the cases that are run, no two of one name", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/hostile.md"), "utf8");
  expect(text.slice(text.indexOf("### ")).trim()).toBe(tableOf(subjects).trim());
  const ids = Object.values(subjects).flatMap((cases) => cases.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(150);
});

test("no two cases that land leave one file: whoever came second would have changed nothing", () => {
  const landing = Object.values(subjects)
    .flat()
    .filter(({ fails, pushedOnly, leaves = [] }) => {
      return !fails && !pushedOnly && !leaves.some((path) => /^(README\.md|src\b|\.|…)/.test(path));
    });
  const left = landing.flatMap(({ leaves = [] }) => leaves);
  expect(left.filter((path, at) => left.indexOf(path) !== at)).toEqual([]);
});
