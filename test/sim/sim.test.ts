import { expect, test } from "vitest";
import { simulateInNode } from "../../sim/run-in-node.ts";

// Twenty more worlds of this kind are among the regressions.
test.each([1, 2])("seed %i: hours of lies, losses and deaths break no invariant, and end in peace", async (seed) => {
  const outcome = await simulateInNode({ seed });
  expect(outcome.violations).toEqual([]);
  expect(outcome.closed + outcome.pruned).toBeGreaterThan(0);
});

test.each([1, 2])("seed %i, restless: settings change under live runs, and none is doubled", async (seed) => {
  const outcome = await simulateInNode({ seed, hours: 4, restless: true });
  expect(outcome.violations).toEqual([]);
  expect(outcome.faults.setting).toBeGreaterThan(5);
});

test.each([1, 2, 3])(
  "seed %i, joined: channels are lost, hosts are taken away and join again, and no run is doubled",
  async (seed) => {
    const outcome = await simulateInNode({ seed, hours: 4, joined: true });
    expect(outcome.violations).toEqual([]);
    expect((outcome.faults.channelLost ?? 0) + (outcome.faults.hostRemoved ?? 0)).toBeGreaterThan(0);
  },
);

test.each([1, 2])(
  "seed %i, troubled: what is wrong for long with one thing is told of it, and delays nobody",
  async (seed) => {
    const outcome = await simulateInNode({ seed, hours: 4, troubled: true });
    expect(outcome.violations).toEqual([]);
    expect(outcome.faults.beadIsPoison).toBeGreaterThan(0);
    expect(outcome.faults.agentIsSick).toBeGreaterThan(0);
  },
);

test("the same seed is the same run", async () => {
  const [first, second] = [await simulateInNode({ seed: 7, hours: 2 }), await simulateInNode({ seed: 7, hours: 2 })];
  expect(second).toEqual(first);
});
