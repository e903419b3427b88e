/** Each decision has the same four parts, in this order, and its line in the list. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../docs/adr");
const list = readFileSync(join(folder, "README.md"), "utf8");
const names = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));

test.each(names)("%s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(["Status", "Context", "Decision", "Consequences"]);
  expect(text).toMatch(new RegExp(`^# ${name.slice(0, 4)} `));
  expect(text).toMatch(/^(Accepted|Superseded by \[?\d{4}.*), \d{4}-\d\d-\d\d$/m);
  expect(list.split(`](${name})`)).toHaveLength(2);
});
