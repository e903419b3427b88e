import type { Mutant } from "./mutant.ts";

const AT = "src/queries/attention";

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
  },
  {
    name: "what-counts-against-a-bead-stays",
    why: "a bead that came back from landing is told with a request that is refused while it is under way",
    edits: [
      {
        file: "src/commands/retry-bead.ts",
        find: "const counted = bead.failures",
        replace: "const counted = 0 * bead.failures",
      },
    ],
  },
  {
    name: "waits-for-ever-and-nobody-is-told",
    why: "a bead waits for one that was cancelled, for ever, and no operator hears of it",
    edits: [
      {
        file: "src/beads/cut-off.ts",
        find: "w.status = 'open' AND w.hold IS NULL",
        replace: "w.status = 'failed' AND w.hold IS NULL",
      },
    ],
  },
  {
    name: "one-failed-landing-troubles-its-rig",
    why: "a rig is told to be in trouble for one bead's landing",
    edits: [
      {
        file: "src/attempts/rig-trouble.ts",
        find: "ofAll(pushTrouble) ?? ofAll(landingTrouble);",
        replace: "ofAll(pushTrouble) ?? landingTrouble;",
      },
    ],
  },
  {
    name: "one-broken-rig-hides-the-other",
    why: "of two rigs whose remotes take nothing a person hears of one",
    world: { troubled: true },
    edits: [
      {
        file: `${AT}/rigs.ts`,
        find: "troubledRigs(tx).flatMap((rig)",
        replace: "troubledRigs(tx).slice(0, 1).flatMap((rig)",
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
