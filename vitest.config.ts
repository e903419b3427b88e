import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** What the Worker needs to start, where nothing of it is asked for. */
const offline = {
  TOWNKEEPER_TOKEN: "tk_test",
  RUN_TOKEN_KEY: "key",
  HOST_TOKEN: "host",
  PUBLIC_URL: "http://town.test",
};

/** Processes start late on a busy machine, where Vitest's own second for what is polled is too short as well. */
const polled = { expect: { poll: { timeout: 20_000 } } };
const patient = { testTimeout: 180_000, hookTimeout: 120_000, ...polled };

export default defineConfig({
  test: {
    // Most of them wait for processes, leases and alarms, so three at a time keep two cores busy.
    maxWorkers: 3,
    projects: [
      {
        // Pure functions: no runtime to wait for.
        test: { name: "rules", include: ["test/rules/**/*.test.ts", "test/tree/**/*.test.ts"] },
      },
      {
        // The engine over node:sqlite, with everything going wrong that can.
        test: { name: "sim", include: ["test/sim/**/*.test.ts"], testTimeout: 180_000 },
      },
      {
        // The town in workerd, against a host that misbehaves on request.
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TOWNKEEPER_TOKEN: "tk_test",
                RUN_TOKEN_KEY: "test-run-token-key",
                HOST_URL: `http://127.0.0.1:${inject("hostPort")}`,
                HOST_TOKEN: "test-host-token",
                PUBLIC_URL: "http://town.test",
                // The receiver of webhooks is on this machine.
                WEBHOOKS_PRIVATE: "allow",
              },
            },
          })),
        ],
        // A busy machine makes a test of 300 ms last some seconds.
        test: {
          name: "town",
          testTimeout: 30_000,
          ...polled,
          // Each file has towns of its own, so files share Workers: most of what they cost was its start.
          isolate: false,
          setupFiles: ["test/town/end-towns.ts"],
          include: ["test/town/**/*.test.ts"],
          globalSetup: ["test/town/scripted-host.ts", "test/town/receiver.ts"],
        },
      },
      {
        // What the town's rows cost, as workerd counts them: figures that may not get worse.
        plugins: [
          cloudflareTest(({ inject }) => ({
            main: "./bench/counters/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ...offline, HOST_URL: `http://127.0.0.1:${inject("hostPort")}` } },
          })),
        ],
        test: {
          name: "counters",
          include: ["test/bench/**/*.test.ts"],
          globalSetup: ["test/town/scripted-host.ts"],
        },
      },
      {
        // The same worlds over node:sqlite and over the platform's own storage.
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" }, miniflare: { bindings: offline } })],
        test: {
          name: "engines",
          include: ["test/sim-workerd/**/*.test.ts"],
          globalSetup: ["test/sim-workerd/traces.ts"],
          testTimeout: 180_000,
        },
      },
      {
        // The host: real git, real processes.
        test: { name: "host", include: ["test/host/**/*.test.ts"], ...patient },
      },
      {
        // The whole, as a user starts it: town, hosts and terminal as processes, on real ports.
        test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...patient },
      },
    ],
  },
});
