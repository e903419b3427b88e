import type { Mutant } from "./mutant.ts";

const TROUBLE = "src/attempts/rig-trouble.ts";
const ALLOWANCE = "src/reconciler/allowance.ts";
const GATE = "src/reconciler/gates/rig-trouble.ts";

/** What a declined push, or a gate that can't pass, must not lead to. */
export const rigs: readonly Mutant[] = [
  {
    name: "protected-main-is-tried-for-ever",
    why: "gate and push are repeated without end, and a person reads of it in the logs",
    scenario: "a protected main, and a person who mends it",
    edits: [
      {
        file: TROUBLE,
        find: "if (trouble?.untilMs == null || trouble.untilMs <= nowMs) return null;",
        replace: "if (trouble?.untilMs == null || nowMs > 0) return null;",
      },
    ],
  },
  {
    name: "declined-branch-runs-again",
    why: "full, paid runs again and again for a branch that nobody takes",
    scenario: "branches that are declined, until one is tried and taken",
    edits: [{ file: GATE, find: "if (left > 0) return null;", replace: "if (left > -1e9) return null;" }],
  },
  {
    name: "all-runs-try-at-once",
    why: "when the wait is over every agent of the rig works for a branch that may be declined again",
    edits: [{ file: ALLOWANCE, find: "    count(this.#pushes, wish.rigId);\n", replace: "" }],
  },
  {
    name: "declined-branch-costs-its-bead",
    why: "a right that the host lacks uses up the budget of every bead",
    edits: [
      {
        file: "src/events/run-failed.ts",
        find: 'if (cause.kind === "agent_failed" && attempt.kind === "run")',
        replace: 'if ((cause.kind === "agent_failed" || cause.kind === "rig_trouble") && attempt.kind === "run")',
      },
    ],
  },
  {
    name: "remote-out-of-reach-is-the-hosts",
    why: "a remote that nobody reaches stops a host for all rigs, and nobody is told which it is",
    edits: [
      {
        file: "src/attempts/policy.ts",
        find: 'kind === "unreachable" && TRANSFERS.has(code);',
        replace: 'kind === "unreachable" && code === "" && TRANSFERS.has(code);',
      },
    ],
  },
  {
    name: "remote-is-back-and-nobody-plans",
    why: "an agent begins, so the remote is there again, and all that waited for it waits for the next news",
    scenario: "a remote out of reach, until the agent of one run begins",
    edits: [
      {
        file: TROUBLE,
        find: "    // What proved it may be a sign of life, whose pass plans nothing else.\n    ctx.moreToPlan?.();\n",
        replace: "",
      },
    ],
  },
  {
    name: "rig-waits-for-nobody",
    why: "the wait of a rig is over, and nothing wakes the town",
    edits: [
      {
        file: GATE,
        find: "${wordsOf(landingTrouble.failure).words}`, landingTrouble.untilMs);",
        replace: "${wordsOf(landingTrouble.failure).words}`);",
      },
    ],
  },
  {
    name: "rig-in-trouble-not-counted",
    why: "no pass looks for a trouble that the town's row does not count",
    edits: [
      {
        file: TROUBLE,
        find: "if (more !== 0) changeTown(tx, { rigTroubles: readTown(tx).rigTroubles + more });",
        replace: "",
      },
    ],
  },
  {
    name: "explains-no-rig-trouble",
    why: "a bead waits to land, and nobody can say why",
    edits: [
      {
        file: "src/queries/explain/facts.ts",
        find: "landingTroubleOf(rig.landingTrouble, beadId, nowMs)",
        replace: "landingTroubleOf(null, beadId, nowMs)",
      },
    ],
  },
  {
    name: "lesser-trouble-hides-the-worse",
    why: "a main branch that is protected is forgotten for a host that was busy once, and pushes to it go on without end",
    scenario: "a protected main, and a host that takes no landing meanwhile",
    edits: [
      {
        file: TROUBLE,
        find: "(isRigsTrouble(failure) ? 2 : isRemoteAway(failure) ? 1 : 0);",
        replace: "(isRigsTrouble(failure) ? 0 : isRemoteAway(failure) ? 0 : 0);",
      },
    ],
  },
  {
    name: "known-trouble-is-found-out-anew",
    why: "an operator says that a remote is back, it is not, and three more runs find that out while nobody is told",
    scenario: "a remote out of reach, said to be back, and out of reach still",
    edits: [
      {
        file: TROUBLE,
        find: "const waits = isKnown ? Math.max(again, timesUntilWait(worse)) : again;",
        replace: "const waits = isKnown ? Math.max(again, 0 * timesUntilWait(worse)) : again;",
      },
    ],
  },
  {
    name: "old-attempt-undoes-a-persons-word",
    why: "a rig is mended, and what had begun before makes all of it wait again",
    scenario: "branches that are declined, said to be mended while one that had begun before is declined as well",
    edits: [
      {
        file: TROUBLE,
        find: 'if (rests === "asked" && before && attempt.fence <= before.restsFence) return;',
        replace: 'if (rests === "asked" && before && attempt.fence < 0) return;',
      },
    ],
  },
  {
    name: "rig-told-though-nothing-waits",
    why: "a person reads of a trouble for which there is nothing to do",
    edits: [{ file: "src/reconciler/pass.ts", find: "if (!isQuiet) restUnusedTroubles(tx, begun.ctx);", replace: "" }],
  },
  {
    name: "a-landing-begins-though-its-rig-has-come-to-wait",
    why: "one that was given up in the same plan was the one failure too many, and the next begins all the same",
    edits: [
      {
        file: "src/attempts/claim.ts",
        find: "landingBar(rig.landingTrouble, beadId, nowMs) !== null",
        replace: "landingBar(rig.landingTrouble, beadId, nowMs) === -1",
      },
    ],
    scenario: "a landing is given up as the next one may begin, and was the one failure too many for their rig",
  },
];
