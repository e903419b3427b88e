import type { Mutant } from "./mutant.ts";
import { beadToo, SETTLE } from "./settle.ts";

const BACKOFF = "src/lib/backoff.ts";
const POLICY = "src/attempts/policy.ts";

/** When a try comes again, and what it costs. */
export const retries: readonly Mutant[] = [
  {
    name: "work-past-the-gate-is-done-again",
    why: "what an agent pushed past its gate is done again and again, and no person is asked",
    scenario: "a landing finds its work past the gate",
    edits: [
      {
        file: "src/attempts/end.ts",
        find: 'if (cause.code === "past_gate") {',
        replace: 'if (cause.code === "past_gate" && cause.message === "") {',
      },
    ],
  },
  {
    name: "retry-without-backoff",
    why: "thousands of failed starts in a night",
    edits: [
      {
        file: SETTLE,
        find: "Math.max(nowMs + waitMs, attempt.leaseUntilMs)",
        replace: "Math.max(nowMs + 0 * waitMs, attempt.leaseUntilMs)",
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
    scenario: "a host asks for patience",
    edits: [
      {
        file: POLICY,
        find: "ctx.random()), retryAfterMs, backoffCapMs)",
        replace: "ctx.random()), 0 * (retryAfterMs ?? 0), backoffCapMs)",
      },
    ],
  },
  {
    name: "infrastructure-eats-the-budget",
    why: "three lost connections and one bad run park a bead that deserved three runs",
    edits: [beadToo("failures: bead.failures + 1")],
  },
  {
    name: "gives-up-on-infrastructure",
    why: "a bead is failed for ever because its host was down for a few minutes",
    edits: [
      beadToo(
        'status: "failed", agentId: null, closedAtMs: nowMs',
        "failures > 3",
        "tx.update(agents).set({ beadId: null }).where(eq(agents.beadId, bead.id)).run();",
      ),
    ],
  },
  {
    name: "agent-failures-cost-nothing",
    why: "an agent that can't do it tries for ever, for money",
    edits: [
      {
        file: "src/attempts/end.ts",
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
      {
        file: "src/lib/lane.ts",
        find: "start: Math.max(1, connections - ",
        replace: "start: Math.max(1_000, connections - ",
      },
    ],
  },
  {
    name: "cap-per-tick",
    why: "three starts for each tick, and ticks come with every report",
    edits: [
      {
        file: "src/reconciler/plan-and-claim.ts",
        find: "const left = inFlight.slotsBeside(waiting",
        replace: "const left = nothingInFlight.slotsBeside(waiting",
      },
      {
        file: "src/reconciler/plan-and-claim.ts",
        find: "import type { InFlight } from",
        replace: "import { type InFlight, nothingInFlight } from",
      },
    ],
  },
  {
    name: "no-cap-per-minute",
    why: "whatever else goes wrong runs away at full speed",
    edits: [
      {
        file: "src/attempts/claim.ts",
        find: "if (startsAgainAtMs(tx, readTown(tx).lastFence, nowMs, settings) !== null)",
        replace: "if (nowMs < 0 && startsAgainAtMs(tx, readTown(tx).lastFence, nowMs, settings) !== null)",
      },
      {
        file: "src/reconciler/load.ts",
        find: "paused || wanted === 0 ? 0 : startsLeft(tx, lastFence, nowMs, settings, wanted)",
        replace: "paused ? 0 : Math.max(wanted, startsLeft(tx, lastFence, nowMs, settings, wanted))",
      },
    ],
  },
  {
    name: "first-lease-taken-for-the-hosts",
    why: "a run that was accepted and never heard of may live on a host out of reach, and its bead is started elsewhere",
    edits: [{ file: "src/actions/release-lost-attempt.ts", find: "uncertain: unheard", replace: "uncertain: false" }],
  },
  {
    name: "external-host-retried-at-once",
    why: "a host that was only cut off goes on, and a second run begins elsewhere",
    edits: [
      {
        file: SETTLE,
        find: 'external: settings.hosts === "external" ? 1 : 0,',
        replace: "external: 0,",
      },
    ],
  },
  {
    name: "agents-trouble-is-the-beads",
    why: "an agent without credentials keeps taking beads, and each of them waits for it",
    edits: [
      {
        file: SETTLE,
        find: "const isAgents = agent !== undefined && isAgentsTrouble(cause);",
        replace: "const isAgents = agent !== undefined && false && isAgentsTrouble(cause);",
      },
    ],
  },
];
