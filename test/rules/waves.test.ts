import fc from "fast-check";
import { expect, test } from "vitest";
import { longestChain, waves } from "../../src/beads/waves.ts";

/** Edges that only point back: no circles. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 25 })
  .map((rows) => new Map(rows.map((row, i) => [`${i}`, i === 0 ? ["elsewhere"] : row.map((n) => `${n % i}`)])))
  .chain((edges) => fc.shuffledSubarray([...edges], { minLength: edges.size }).map((all) => new Map(all)));

/** How many there are on the longest way down from here, counted the plain way. */
function depth(edges: ReadonlyMap<string, readonly string[]>, node: string): number {
  return 1 + Math.max(0, ...(edges.get(node) ?? []).filter((id) => edges.has(id)).map((id) => depth(edges, id)));
}

test("each node's wave is one more than the highest of those it waits for, in whatever order they come", () => {
  fc.assert(
    fc.property(graphs, (edges) => {
      const wave = waves(edges);
      expect(wave.size).toBe(edges.size);
      for (const node of edges.keys()) expect(wave.get(node)).toBe(depth(edges, node));
    }),
  );
});

test("the longest chain is as long as there are waves, and each of it waits for the one before", () => {
  fc.assert(
    fc.property(graphs, (edges) => {
      const chain = longestChain(edges);
      expect(chain).toHaveLength(Math.max(0, ...waves(edges).values()));
      chain.forEach((node, at) => {
        if (at > 0) expect(edges.get(node)).toContain(chain[at - 1]);
      });
    }),
  );
});
