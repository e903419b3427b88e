import { defineConfig } from "vitest/config";

/** Apart from the others: they need real agents, which are large, and take their time. */
export default defineConfig({
  test: {
    name: "agents",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    testTimeout: 400_000,
    hookTimeout: 120_000,
    // Mostly they wait: for a provider that says no, a reset, a grace.
    maxWorkers: 2,
    maxConcurrency: 3,
  },
});
