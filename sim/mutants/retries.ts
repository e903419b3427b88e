import type { Mutant } from "./mutant.ts";

const HOLD = "src/db/attempts/hold.ts";
const BACKOFF = "src/lib/backoff.ts";
const RELEASED_BEAD = ".set({ dispatchFailures: failures, notBeforeMs, lastFailure: failure, updatedAtMs: ctx.nowMs })";

/** When a try comes again, and what it costs. */
export const retries: readonly Mutant[] = [
  {
    name: "retry-without-backoff",
    why: "thousands of failed starts in a night",
    edits: [
      {
        file: HOLD,
        find: "ctx.nowMs + Math.max(wait, Math.min(retryAfterMs ?? 0, ctx.settings.backoffCapMs))",
        replace: "ctx.nowMs + 0 * (wait + (retryAfterMs ?? 0))",
      },
    ],
  },
  {
    name: "backoff-never-grows",
    why: "a host that is down for a night is asked every two seconds",
    edits: [
      { file: BACKOFF, find: "2 ** Math.min(Math.max(failures, 1) - 1, 30)", replace: "2 ** Math.min(failures, 0)" },
    ],
  },
  {
    name: "backoff-without-cap",
    why: "after a bad night the next try is due in a month",
    edits: [{ file: BACKOFF, find: "Math.min(capMs, baseMs * ", replace: "Math.max(capMs * 0, baseMs * " }],
  },
  {
    name: "retry-after-ignored",
    why: "a host that asks for patience is hammered",
    edits: [
      {
        file: HOLD,
        find: "Math.max(wait, Math.min(retryAfterMs ?? 0, ctx.settings.backoffCapMs))",
        replace: "Math.max(wait, 0 * (retryAfterMs ?? 0))",
      },
    ],
  },
  {
    name: "infrastructure-eats-the-budget",
    why: "three lost connections and one bad run park a bead that deserved three runs",
    edits: [
      { file: HOLD, find: RELEASED_BEAD, replace: RELEASED_BEAD.replace("({ ", "({ failures: bead.failures + 1, ") },
    ],
  },
  {
    name: "gives-up-on-infrastructure",
    why: "a bead is failed for ever because its host was down for a few minutes",
    edits: [
      {
        file: HOLD,
        find: 'tx.update(agents).set({ status: "idle", fence: null }).where(eq(agents.fence, fence)).run();',
        replace: `const over = bead.dispatchFailures >= 3;
    tx.update(agents).set({ status: "idle", fence: null, ...(over && { beadId: null }) }).where(eq(agents.fence, fence)).run();
    if (over) tx.update(beads).set({ status: "failed", closedAtMs: ctx.nowMs }).where(eq(beads.id, bead.id)).run();`,
      },
    ],
  },
  {
    name: "agent-failures-cost-nothing",
    why: "an agent that can't do it tries for ever, for money",
    edits: [
      {
        file: "src/db/attempts/end.ts",
        find: "const failures = bead.failures + 1;",
        replace: "const failures = bead.failures;",
      },
    ],
  },
  {
    name: "poison-bead-keeps-its-agent",
    why: "an agent waits out a long backoff while ready beads wait for an agent",
    edits: [
      {
        file: "src/reconciler/rules/release-long-hooks.ts",
        find: "if (left <= 0 || notBeforeMs - nowMs <= LONG_BACKOFF_MS) return [];",
        replace: "if (left <= 0 || notBeforeMs - nowMs <= LONG_BACKOFF_MS * 1e6) return [];",
      },
    ],
  },
  {
    name: "no-cap-in-flight",
    why: "the seventh connection queues behind a slow one, and its deadline runs meanwhile",
    edits: [
      { file: "src/reconciler/limits.ts", find: "MAX_EFFECTS_IN_FLIGHT = 6", replace: "MAX_EFFECTS_IN_FLIGHT = 1_000" },
    ],
  },
  {
    name: "cap-per-tick",
    why: "six calls for each tick, and ticks come with every report",
    edits: [
      {
        file: "src/reconciler/pass.ts",
        find: "MAX_EFFECTS_IN_FLIGHT - running.size",
        replace: "MAX_EFFECTS_IN_FLIGHT",
      },
    ],
  },
  {
    name: "no-cap-per-minute",
    why: "whatever else goes wrong runs away at full speed",
    edits: [],
    pending: "needs the cap on starts per minute",
  },
  {
    name: "external-host-retried-at-once",
    why: "a host that was only cut off goes on, and a second run begins elsewhere",
    edits: [],
    pending: "needs the rule for external hosts",
  },
];
