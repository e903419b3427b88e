/** docs/refusals.md has every code with which a request may be refused, with its statuses, and no other; and each of them is given somewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REFUSALS } from "../../src/lib/refusal-codes.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const CODES = "src/lib/refusal-codes.ts";

/** Types hold every place that refuses to these: a code that is not among them does not compile. */
const known = Object.entries(REFUSALS).map(([code, statuses]) => [code, statuses.join(", ")] as const);

test("each code stands in docs/refusals.md once, with its statuses, a meaning and what to do", () => {
  expect(known.length).toBeGreaterThan(70);
  const rows = [...read("docs/refusals.md").matchAll(/^\| `(\w+)` \| ([\d, ]+) \| (.+) \| (.+) \|$/gm)];
  const told = rows.map(([, code = "", status = ""]) => [code, status] as const);
  expect(told.toSorted()).toEqual(known.toSorted());
  const lines = read("docs/refusals.md").match(/^\| `/gm) ?? [];
  expect(lines).toHaveLength(rows.length);
});

test("each code is given somewhere", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && join("src", name) !== CODES)
    .map((name) => read(join("src", name)))
    .join("\n");
  const unused = known.filter(([code]) => !new RegExp(`"${code}"|^ {2}${code}: \\(`, "m").test(sources));
  expect(unused).toEqual([]);
});

test("the README leads there", () => {
  expect(read("README.md")).toContain("docs/refusals.md");
});
