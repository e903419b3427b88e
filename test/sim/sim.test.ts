import { expect, test } from "vitest";
import { simulate } from "../../sim/simulate.ts";

test.each([1, 2, 3, 4])(
  "seed %i: a day of lies, losses and deaths breaks no invariant, and ends in peace",
  async (seed) => {
    const outcome = await simulate({ seed, hours: 12 });
    expect(outcome.violations).toEqual([]);
    expect(outcome.closed).toBeGreaterThan(0);
  },
);

test("the same seed is the same run", async () => {
  const [first, second] = [await simulate({ seed: 7, hours: 4 }), await simulate({ seed: 7, hours: 4 })];
  expect(second).toEqual(first);
});
