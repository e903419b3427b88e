import { defineConfig } from "vitest/config";

/** Apart from the others: it needs a real agent, which is large, and takes its time. */
export default defineConfig({
  test: {
    name: "agents",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
