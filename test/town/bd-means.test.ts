/** What an import makes of a tracker's file: what is work there is work here, in the same order, and nothing else is. */
import { expect, test } from "vitest";
import { exported, imported, readyHere } from "./bd-means-scene.ts";
import { newest, readyIn } from "./bd-oracle.ts";
import { chance, type Line, linesOf, SHAPES } from "./bd-shapes.ts";
import { aTown, type TestTown, violations } from "./town.ts";

async function sameLines(town: TestTown, lines: readonly Line[], but?: string) {
  const without = (all: readonly Line[]) => all.map((line) => ({ ...line, ...(but && { [but]: undefined }) }));
  const out = byText(without(await exported(town)));
  const back = byText(without(once(lines)));
  expect(
    out.filter((line) => !back.includes(line)),
    "not as it came",
  ).toEqual([]);
  expect(
    back.filter((line) => !out.includes(line)),
    "missing",
  ).toEqual([]);
}

const byText = (lines: readonly Line[]) => lines.map((line) => JSON.stringify(sorted(line))).sort();

const sorted = (line: Line) => Object.fromEntries(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What a file comes to when its ids stand there once. */
const once = (lines: readonly Line[]) => [
  ...newest(lines).values(),
  ...lines.filter(({ _type }) => _type !== undefined && _type !== "issue"),
];

function shuffled<T>(all: readonly T[], seed: number): T[] {
  const next = chance(seed);
  return all
    .map((one) => ({ one, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

test("there are 33 shapes of files", () => {
  expect(new Set(SHAPES.map(({ name }) => name)).size).toBe(33);
});

test.each(SHAPES.map((shape, seed) => ({ shape, seed, name: shape.name })))(
  "$name: what is ready there is ready here, and the file comes out as it went in",
  async ({ shape, seed }) => {
    const town = await aTown();
    const lines = linesOf(shape, seed + 1);
    const answer = await imported(town, lines);
    expect(answer.created).toBe(newest(lines).size);
    expect(await readyHere(town)).toEqual(readyIn(lines, Date.now()));
    expect(await violations(town)).toEqual([]);
    await sameLines(town, lines);

    expect(await imported(town, lines)).toMatchObject({ created: 0, updated: 0, left: [] });
    await sameLines(town, lines);
  },
  30_000,
);

test.each([4, 5, 20, 21, 24, 28, 31, 32])(
  "shape %i in parts, in any order",
  async (n) => {
    const town = await aTown();
    const lines = linesOf(SHAPES[n] as (typeof SHAPES)[number], n + 100);
    const all = shuffled(lines, n);
    const size = Math.ceil(all.length / 4);
    for (let from = 0; from < all.length; from += size) await imported(town, all.slice(from, from + size));
    expect(await readyHere(town)).toEqual(readyIn(lines, Date.now()));
    expect(await violations(town)).toEqual([]);
    // What a later part closes has freed others since they came.
    await sameLines(town, lines, "updated_at");
  },
  30_000,
);
