import { defineConfig } from "vitest/config";

/** Apart from the others: it needs a browser. One file after the other, since what is measured is measured alone. */
export default defineConfig({
  test: {
    name: "browser",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    globalSetup: ["bundled.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Vitest's own second is too short for a busy machine.
    expect: { poll: { timeout: 50_000 } },
  },
});
