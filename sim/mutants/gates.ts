import type { Mutant } from "./mutant.ts";

const ALLOWANCE = "src/reconciler/allowance.ts";
const GATES = "src/reconciler/gates";
const BREAKER = "src/attempts/breaker.ts";
const LOAD = "src/reconciler/load.ts";
const SPENDING = "src/attempts/spending.ts";
const EXPLAIN = "src/queries/explain/facts.ts";

/** What keeps work from starting, and what is said about it. */
export const gates: readonly Mutant[] = [
  {
    name: "cap-of-the-town-forgotten",
    why: "a hundred beads are a hundred runs",
    edits: [{ file: `${GATES}/town-cap.ts`, find: "runsLeft.town > 0", replace: "runsLeft.town > -1e9" }],
  },
  {
    name: "cap-counts-once-a-plan",
    why: "all that is planned at once finds the same room",
    edits: [{ file: ALLOWANCE, find: "    this.#inTown--;\n    count(this.#inRig, wish.rigId);\n", replace: "" }],
  },
  {
    name: "cap-counts-no-role",
    why: "the one senior is asked by everybody",
    edits: [
      {
        file: `${GATES}/role-cap.ts`,
        find: "leftIn(runsLeft.roles, one) > 0",
        replace: "leftIn(runsLeft.roles, one) > -1e9",
      },
    ],
  },
  {
    name: "breaker-counts-successes",
    why: "a host that is well is left alone",
    edits: [
      {
        file: BREAKER,
        find: "  setBreaker(tx, hostId, null);\n  ctx.moreToPlan?.();",
        replace: "",
      },
    ],
  },
  {
    name: "breaker-closed-by-the-past",
    why: "a run from before says that the host is well, and starts go on failing",
    edits: [{ file: BREAKER, find: "if (lastSeq !== null || breakerOf", replace: "if (breakerOf" }],
  },
  {
    name: "breaker-punishes-the-well",
    why: "a start that was slow lives and beats, and its host goes on to count as failing",
    edits: [
      {
        file: BREAKER,
        find: "if (lastSeq !== null || breakerOf(tx, hostId) === null) return;",
        replace:
          "const before = breakerOf(tx, hostId);\n  if (lastSeq !== null || before === null || fence <= before.fence) return;",
      },
      {
        file: BREAKER,
        find: "hostIsWell(tx: Tx, { lastSeq, hostId }",
        replace: "hostIsWell(tx: Tx, { lastSeq, hostId, fence }",
      },
    ],
  },
  {
    name: "breaker-lets-all-through",
    why: "when its wait is over, everything is tried at once",
    edits: [{ file: BREAKER, find: "? 0 : 1;", replace: "? 6 : 6;" }],
  },
  {
    name: "breaker-never-shut",
    why: "a dead host is asked by every bead for ever",
    edits: [{ file: BREAKER, find: "if (nowMs < breaker.openUntilMs) return 0;", replace: "" }],
  },
  {
    name: "proof-brings-no-pass",
    why: "the host is well again, and what waited for that waits on",
    edits: [
      {
        file: BREAKER,
        find: "  ctx.moreToPlan?.();\n",
        replace: "",
      },
    ],
  },
  {
    name: "provider-stops-one-agent",
    why: "each agent of a provider learns of its limit by itself",
    scenario: "an agent's limit stops the others of its provider, and nobody else",
    edits: [
      {
        file: "src/attempts/providers.ts",
        find: "    .where(and(eq(agents.provider, id), lt(agents.notBeforeMs, notBeforeMs)))",
        replace: "    .where(and(eq(agents.provider, `${id}?`), lt(agents.notBeforeMs, notBeforeMs)))",
      },
    ],
  },
  {
    name: "budget-not-reserved",
    why: "ten runs find the same hour left",
    edits: [
      {
        file: SPENDING,
        find: "set: { ms: sql`${spending.ms} + ${ms}` }",
        replace: "set: { ms: sql`${spending.ms} + ${0 * ms}` }",
      },
      { file: SPENDING, find: ".values({ day, scope: key, ms })", replace: ".values({ day, scope: key, ms: 0 })" },
    ],
  },
  {
    name: "budget-past-its-limit",
    why: "the last run takes an hour of the minute that is left",
    edits: [{ file: SPENDING, find: "const ms = Math.min(maxRunMs, left);", replace: "const ms = maxRunMs;" }],
  },
  {
    name: "paused-rig-goes-on",
    why: "somebody stops a rig, and it starts the next bead",
    edits: [{ file: `${GATES}/rig-paused.ts`, find: "AND r.paused IS NOT NULL)`;", replace: "AND r.paused = 'no')`;" }],
  },
  {
    name: "pause-without-end",
    why: "a pause of an hour lasts until somebody looks",
    edits: [
      {
        file: "src/reconciler/pauses.ts",
        find: "else ends.push(agent.paused?.untilMs ?? null);",
        replace: "",
      },
      { file: "src/reconciler/pauses.ts", find: "else ends.push(rig.paused?.untilMs ?? null);", replace: "" },
    ],
  },
  {
    name: "overlap-without-end",
    why: "nobody looks again when a bead has waited long enough",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "...refused.map(({ gate }) => gate.untilMs),",
        replace: "...refused.map(() => null),",
      },
    ],
  },
  {
    name: "held-back-takes-a-place",
    why: "a start that fails each time keeps its slot from all others",
    scenario: "the only place, and a start that throws",
    edits: [
      {
        file: LOAD,
        find: 'repeated: throttled.repeated("start", row.beadId) }',
        replace: "repeated: null }",
      },
    ],
  },
  {
    name: "explains-no-overlap",
    why: "a bead waits and nobody can say why",
    edits: [{ file: EXPLAIN, find: "overlap: overlapOf(bead, others, ctx),", replace: "overlap: null," }],
  },
  {
    name: "explains-a-gate-that-is-not",
    why: "a bead is said to wait for what holds it no more",
    edits: [{ file: `${GATES}/backoff.ts`, find: "notBeforeMs > nowMs ?", replace: "notBeforeMs > 0 ?" }],
  },
];
