import { expect, test } from "vitest";
import { explore, scenarios } from "../../sim/crashpoints/explore.ts";

// A sample for each day; `npm run sim:crashpoints` strikes at them all.
for (const scenario of scenarios)
  test(`wherever the town dies: ${scenario.name}`, async () => {
    const { points, failed } = await explore(scenario, { sample: 3 });
    expect(points).toBeGreaterThan(0);
    expect(failed).toEqual([]);
  });
