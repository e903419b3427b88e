/** Days that once showed a bug. */
import { expect, test } from "vitest";
import { regressions } from "../../sim/regressions.ts";
import { simulateInNode } from "../../sim/run-in-node.ts";
import { shareOf } from "./share.ts";

test.each(shareOf(regressions))("seed $seed, which once showed: $note", async (regression) => {
  expect((await simulateInNode(regression)).violations).toEqual([]);
});
