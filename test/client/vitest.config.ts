import { defineConfig } from "vitest/config";

/** Apart from the others: what makes the client is installed when it is first needed. */
export default defineConfig({
  test: {
    name: "client",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
