import type { Mutant } from "./mutant.ts";

const TERMS = "src/attempts/terms.ts";
const LIMIT = "src/attempts/limit.ts";
const SETTLE = "src/attempts/settle.ts";
const POLICY = "src/attempts/policy.ts";

/** What hosts were told, what they may ask for, and what is done about those that keep no word. */
export const terms: readonly Mutant[] = [
  {
    name: "leases-by-the-settings",
    why: "a shorter lease calls live runs lost, and their beads begin elsewhere beside them",
    world: { restless: true },
    edits: [{ file: TERMS, find: "leaseMs ?? settings.leaseMs;", replace: "settings.leaseMs + 0 * (leaseMs ?? 0);" }],
  },
  {
    name: "doubt-by-the-settings",
    why: "a start that may live on a host out of reach is made again before the lease is over that it was told",
    scenario: "a host out of reach keeps the lease that it was told, though it is shorter by now",
    edits: [{ file: SETTLE, find: "coalesce(${attempts.leaseMs}, ", replace: "coalesce(NULL * ${attempts.leaseMs}, " }],
  },
  {
    name: "asked-again-on-other-terms",
    why: "after a crash the town counts by a lease that the host has never heard of",
    world: { restless: true },
    edits: [{ file: TERMS, find: "asked?.leaseMs ?? settings.leaseMs", replace: "settings.leaseMs" }],
  },
  {
    name: "limits-are-the-hosts-business",
    why: "what beats is never bounded, and a landing that never ends keeps its rig",
    edits: [
      { file: "src/reconciler/rules/enforce-limits.ts", find: "pastLimit.map(", replace: "pastLimit.slice(1e6).map(" },
    ],
  },
  {
    name: "wake-ignores-limits",
    why: "a run past its limit is seen when somebody else has news",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "limitMs !== null && limitMs > nowMs ? limitMs : null",
        replace: "limitMs !== null && limitMs < 0 ? limitMs : null",
      },
    ],
  },
  {
    name: "heard-past-its-limit",
    why: "a landing is told to go on in the very pass that ends it, and pushes",
    edits: [
      {
        file: "src/events/report-event.ts",
        find: "if (isSignOfLife(report) && isPastLimit(attempt, ctx))",
        replace: "if (report.fence < 0 && isSignOfLife(report) && isPastLimit(attempt, ctx))",
      },
    ],
  },
  {
    name: "adopted-past-its-limit",
    why: "what was given up, and has lasted for too long, lives again",
    scenario: "a run that was given up beats once more, and is past its limit by then",
    edits: [{ file: SETTLE, find: "!isPastLimit(attempt, ctx) && !refusedByCap", replace: "!refusedByCap" }],
  },
  {
    name: "a-late-start-passes-caps",
    why: "one agent may run, and two do",
    world: { restless: true },
    edits: [{ file: SETTLE, find: " && !refusedByCap(tx, attempt, ctx)", replace: "" }],
  },
  {
    name: "past-its-limit-for-nothing",
    why: "a bead on which every run is endless is tried for ever",
    edits: [{ file: LIMIT, find: "    chargeBead(tx, attempt, cause, ctx);\n", replace: "" }],
  },
  {
    name: "a-landing-past-its-limit-is-rework",
    why: "a host that does not end its landings has all work done again",
    scenario: "a landing beats past its limit: its rig lands the next bead, and then this one",
    edits: [{ file: LIMIT, find: 'if (kind === "run") {\n    remark', replace: "if (fence > 0) {\n    remark" }],
  },
  {
    name: "any-word-is-believed",
    why: "a reset that is always now makes a run every second, for ever",
    edits: [
      {
        file: POLICY,
        find: "return waitFor(ownMs, retryAfterMs, MAX_RESET_MS);",
        replace: "return Math.min(retryAfterMs ?? ownMs, MAX_RESET_MS);",
      },
    ],
  },
  {
    name: "unpaid-for-ever",
    why: "a bead that meets its provider's limit each time is tried, and paid for, day and night",
    scenario: "runs that cost no budget come to an end: their bead is parked",
    edits: [
      {
        file: "src/attempts/spending.ts",
        find: "unpaidTries < unpaidTriesPerDay",
        replace: "unpaidTries < 1e6 + unpaidTriesPerDay",
      },
    ],
  },
  {
    name: "parked-and-on-the-hook",
    why: "an agent waits for ever with a bead that nobody tries any more",
    scenario: "runs that cost no budget come to an end: their bead is parked",
    edits: [
      {
        file: "src/attempts/end.ts",
        find: 'eq(agents.beadId, bead.id), eq(agents.status, "idle")',
        replace: 'eq(agents.beadId, bead.rigId), eq(agents.status, "idle")',
      },
    ],
  },
];
