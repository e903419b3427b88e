import { defineConfig } from "vitest/config";

/** Apart from the others: what asks is installed when it is first needed. */
export default defineConfig({
  test: {
    name: "mcp",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
