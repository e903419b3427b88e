/** Days that once showed a bug. */
import { expect, test } from "vitest";
import { regressions } from "../../sim/regressions.ts";
import { simulateInNode } from "../../sim/run-in-node.ts";

test.each(regressions)("seed $seed, which once showed: $note", async (regression) => {
  expect((await simulateInNode(regression)).violations).toEqual([]);
});
