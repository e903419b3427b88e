import type { Mutant } from "./mutant.ts";

const AT = "src/reconciler/attention";

/** What waits for a person. */
export const attention: readonly Mutant[] = [
  {
    name: "a-request-that-is-refused-is-shown",
    why: "a bead whose run may be alive is told with a request that answers 409",
    edits: [
      {
        file: `${AT}/beads.ts`,
        find: "bead.notBeforeMs > nowMs && earliestTry(tx, bead, nowMs) > nowMs;",
        replace: "bead.notBeforeMs > nowMs && earliestTry(tx, bead, nowMs) > Number.MAX_SAFE_INTEGER;",
      },
    ],
    world: { joined: true },
  },
  {
    name: "what-counts-against-a-bead-stays",
    why: "a bead that came back from landing is told with a request that is refused while it is under way",
    edits: [
      {
        file: "src/events/bead-retried.ts",
        find: "const counted = bead.failures",
        replace: "const counted = 0 * bead.failures",
      },
    ],
  },
  {
    name: "a-disabled-agent-is-told",
    why: "an agent that somebody has disabled on purpose is told for ever",
    edits: [{ file: `${AT}/agents.ts`, find: "> 0 AND ${agents.enabled}`", replace: "> 0`" }],
  },
  {
    name: "what-is-over-is-told",
    why: "a planned action that came to nothing is told after its bead is closed",
    edits: [
      {
        file: "src/reconciler/repeated.ts",
        find: ".filter(({ action, target }) => isThere(tx, action, target))",
        replace: '.filter(({ action }) => isThere(tx, action, "") || action.length > 0)',
      },
    ],
  },
  {
    name: "one-failed-landing-troubles-its-rig",
    why: "a rig is told to be in trouble for one bead's landing",
    edits: [
      {
        file: "src/db/attempts/rig-trouble.ts",
        find: "pushTrouble ?? (landingTrouble && concernsAll(landingTrouble) ? landingTrouble : null);",
        replace: "pushTrouble ?? landingTrouble;",
      },
    ],
  },
  {
    name: "parked-beads-are-forgotten",
    why: "a bead whose budget is used up waits for a person whom nobody tells",
    edits: [
      {
        file: `${AT}/beads.ts`,
        find: "which: () => sql`${beads.status} = 'failed'`,",
        replace: "which: () => sql`${beads.status} = 'failed' AND ${beads.reworks} > 0`,",
      },
    ],
  },
];
