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
