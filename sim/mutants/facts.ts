import type { Mutant } from "./mutant.ts";

const FAILED = "src/reconciler/failed-pass.ts";
const INGEST = "src/reconciler/ingest.ts";
const END = "src/attempts/end.ts";
const OVER = "src/beads/over.ts";
const LANDINGS = "src/attempts/landings.ts";

/** What becomes of news, of dependencies and of landings; and whether planning is a function. */
export const facts: readonly Mutant[] = [
  {
    name: "poison-stops-the-batch",
    why: "one report that can't be applied stops every report after it",
    edits: [
      {
        file: INGEST,
        find: 'return { status: "failed", error: messageOf(error), inRows };',
        replace: "throw new Error(`${messageOf(error)} ${inRows}`);",
      },
    ],
  },
  {
    name: "poison-is-tried-for-ever",
    why: "a fact that never applies is tried until the end of the town",
    edits: [
      {
        file: INGEST,
        find: "tries >= MAX_EVENT_TRIES ? nowMs : null",
        replace: "tries >= MAX_EVENT_TRIES * 1e9 ? nowMs : null",
      },
    ],
  },
  {
    name: "fact-lost-with-its-tick",
    why: "a host is told that its finish is written down, and it is not",
    edits: [{ file: FAILED, find: "if (keepsFacts) for (", replace: "if (keepsFacts && facts.length < 0) for (" }],
  },
  {
    name: "facts-kept-twice",
    why: "what is received is no longer what is applied, discarded and kept",
    edits: [
      {
        file: FAILED,
        find: "for (const fact of facts) keepFact(",
        replace: "for (const fact of [...facts, ...facts]) keepFact(",
      },
    ],
  },
  {
    name: "one-landing-more-than-may",
    why: "the gates of a rig that shares no ports run side by side all the same",
    edits: [
      { file: LANDINGS, find: "(isTroubled ? 1 : most)", replace: "(isTroubled ? 1 : most + 1)" },
      { file: LANDINGS, find: "now.length < most", replace: "now.length <= most" },
    ],
  },
  {
    name: "lands-what-is-landing",
    why: "a rig that allows two is kept from the second by the first",
    edits: [
      {
        file: "src/reconciler/load-landable.ts",
        find: "          isNotUnderWay,",
        replace: "          sql`${isNotUnderWay} IS NOT NULL`,",
      },
    ],
  },
  {
    name: "landing-unblocks-nobody",
    why: "what waited for a closed bead waits for ever",
    edits: [
      {
        file: OVER,
        find: "for (const { id } of dependents) countBlockers",
        replace: "for (const { id } of dependents.slice(0, 0)) countBlockers",
      },
    ],
  },
  {
    name: "failed-blocker-unblocks",
    why: "work begins on the ground that a parked bead was to lay",
    edits: [
      {
        file: END,
        find: "memberEnded(tx, parked, nowMs);",
        replace:
          'closeBead(tx, parked, null, nowMs);\n  tx.update(beads).set({ status: "failed" }).where(eq(beads.id, bead.id)).run();',
      },
    ],
  },
  {
    name: "review-counts-as-closed",
    why: "a bead starts before what it depends on has landed",
    edits: [
      {
        file: "src/beads/create.ts",
        find: 'if (status !== "closed") open.add(id);',
        replace: 'if (status !== "closed" && status !== "in_review") open.add(id);',
      },
    ],
  },
  {
    name: "rework-loses-the-budget",
    why: "a branch that always conflicts is done again for ever",
    edits: [
      {
        file: END,
        find: "const reworks = bead.reworks + 1;",
        replace: "const reworks = Math.min(bead.reworks + 1, 1);",
      },
    ],
  },
  {
    name: "rule-with-chance",
    why: "the same snapshot gives another plan, so no run can be told again",
    edits: [
      {
        file: "src/reconciler/rules/dispatch-ready-beads.ts",
        find: "if (!bead || agents.length === 0) return null;",
        replace: "if (!bead || agents.length === 0 || Math.random() < 0.5) return null;",
      },
    ],
  },
  {
    name: "rule-with-memory",
    why: "a plan depends on what was planned before, which a crash forgets",
    edits: [
      {
        file: "src/reconciler/rules/retry-hooked-beads.ts",
        find: "export const retryHookedBeads",
        replace: "let asked = 0;\n\nexport const retryHookedBeads",
      },
      {
        file: "src/reconciler/rules/retry-hooked-beads.ts",
        find: "!isBarred && Math.max(notBeforeMs, agentNotBeforeMs) <= nowMs,",
        replace: "!isBarred && Math.max(notBeforeMs, agentNotBeforeMs) <= nowMs && ++asked % 3 !== 0,",
      },
    ],
  },
];
