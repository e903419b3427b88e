/** What agents print costs the host no more than in proportion, whatever it is. `npm run bench -- redact` measures more of it. */
import { expect, test } from "vitest";
import { shapes, timeOf, ways } from "../../bench/measures/redact.ts";

const CHARS = 128 * 1024;

/** Twice as much takes four times as long where the cost is quadratic. Other work on the machine only makes times longer. */
function growth(way: (text: string) => void, make: (chars: number) => string): number {
  const [once, twice] = [make(CHARS), make(2 * CHARS)];
  way(once);
  return timeOf(way, twice, 3) / timeOf(way, once, 3);
}

const table = Object.keys(shapes).flatMap((shape) => Object.keys(ways).map((way) => ({ shape, way })));

test.each(table)("$shape, $way: twice as much takes at most three times as long", ({ shape, way }) => {
  const [run, make] = [ways[way], shapes[shape]];
  if (!run || !make) throw new Error("no such shape");
  const tries: number[] = [];
  while (tries.length < 20 && !tries.some((ratio) => ratio <= 3)) tries.push(growth(run, make));
  expect(Math.min(...tries)).toBeLessThanOrEqual(3);
});
