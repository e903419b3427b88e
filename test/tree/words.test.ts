/** Every word of the code has its line in docs/words.md, and no line is without its word. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agents, attempts, beads } from "../../src/db/schema.ts";
import { logLevelOf } from "../../src/lib/log-level.ts";
import { failureKind, rejection } from "../../src/protocol/failures.ts";
import { healthSchema } from "../../src/views/health.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const page = read("docs/words.md");

/** Each gate's name and what shuts it, as its file says. */
const GATES = "src/reconciler/gates";
const gates = readdirSync(join(import.meta.dirname, "../..", GATES)).flatMap((file) => {
  const [, name, shutBy] = /name: "(\w+)",\n {2}shutBy: "(.*)",/.exec(read(`${GATES}/${file}`)) ?? [];
  return name && shutBy ? [{ name, shutBy }] : [];
});

/** The words of the table with this heading. */
function told(heading: string): string[] {
  const [, table = ""] = new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, "m").exec(page) ?? [];
  return [...table.matchAll(/^\| `(\w+)`/gm)].map(([, word = ""]) => word).sort();
}

/** The words of a list in the source, where types leave none behind. */
function written(path: string, list: RegExp): string[] {
  const [, words = ""] = list.exec(read(path)) ?? [];
  return [...words.matchAll(/"(\w+)"|^ {2}(\w+)[:,]/gm)].map(([, quoted, key]) => quoted ?? key ?? "").sort();
}

test.each([
  ["bead", beads.status.enumValues],
  ["attempt", attempts.state.enumValues],
  ["agent", agents.status.enumValues],
  ["kind", failureKind.options],
  ["rejection", rejection.options],
  ["verdict", healthSchema.shape.verdict.options],
  ["gate", gates.map(({ name }) => name)],
  ["item", written("src/queries/attention/index.ts", /const kinds = \{\n([^}]*)\}/)],
])("each word for a %s stands in docs/words.md, and no other", (heading, words) => {
  expect(words.length).toBeGreaterThan(3);
  expect(told(heading)).toEqual([...words].sort());
});

test("what shuts a gate is said in its file, and on the page in the same words", () => {
  for (const { name, shutBy } of gates) expect(page).toContain(`| \`${name}\` | ${shutBy} |\n`);
});

test("docs/operating.md has every gate, in the order in which they are told of", () => {
  const [, registry = ""] = /const registry = \[\n([^\]]*)\]/.exec(read(`${GATES}/index.ts`)) ?? [];
  const inOrder = [...registry.matchAll(/\w+/g)].map(([name]) =>
    name.replaceAll(/[A-Z]/g, (one) => `_${one.toLowerCase()}`),
  );
  const [, table = ""] = /^\| gate \| opened by \|\n\|[-|]+\n((?:\|.*\n)+)/m.exec(read("docs/operating.md")) ?? [];
  const told = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
  expect(told).toEqual(inOrder);
  expect(inOrder.toSorted()).toEqual(gates.map(({ name }) => name).toSorted());
});

test("what begins is logged as an error, and what is over is none", () => {
  const rows = [...page.matchAll(/^\| `\w+` \| .* \| (`[A-Z ]+`(?:, `[A-Z ]+`)?) \|$/gm)].map(([, words = ""]) =>
    [...words.matchAll(/`([A-Z ]+)`/g)].map(([, word = ""]) => word),
  );
  expect(rows.length).toBeGreaterThan(8);
  const levels = rows.map(([begins = "", ends]) => [
    logLevelOf(`${begins}: why`),
    ends && logLevelOf(`${ends} after 3 s`),
  ]);
  expect(levels).toEqual(rows.map(([, ends]) => ["error", ends && "info"]));
  expect(logLevelOf("PAUSED by ann: a release")).toBe("info");
  expect(["HELD lib-1", "UNHELD lib-1", "LANDED lib-1", "NO LONGER DRAINING"].map(logLevelOf)).toEqual(
    Array(4).fill("info"),
  );
  expect(logLevelOf("FEDERATED")).toBe("error");
});
