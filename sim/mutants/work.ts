import type { Mutant } from "./mutant.ts";

const END = "src/attempts/end.ts";
const OVER = "src/beads/over.ts";
const CONVOYS = "src/beads/convoys.ts";

/** What people change about the work while it goes on. */
export const work: readonly Mutant[] = [
  {
    name: "earlier-work-is-forgotten",
    why: "three tries of five commits each, and every one begins at main",
    scenario: "a try goes on with what the one before has left",
    edits: [
      {
        file: "src/events/run-failed.ts",
        find: 'if (saved && attempt.kind === "run") keepSaved',
        replace: 'if (saved && attempt.kind !== "run") keepSaved',
      },
    ],
  },
  {
    name: "reopened-blocks-nobody",
    why: "work begins on the ground of a bead that was taken back",
    edits: [
      { file: OVER, find: 'if (bead.status === "closed") countForDependents(tx, bead.id, 1, nowMs);', replace: "" },
    ],
  },
  {
    name: "closed-by-hand-frees-nobody",
    why: "what waited for a bead that somebody closed waits for ever",
    edits: [
      {
        file: OVER,
        find: "if (wasClosed) return closed;",
        replace: "if (wasClosed || head === null) return closed;",
      },
    ],
  },
  {
    name: "nothing-to-do-keeps-its-agent",
    why: "an agent that found nothing to do never gets other work",
    scenario: "a run finds nothing to do",
    edits: [
      {
        file: END,
        find: "  freeAgent(tx, attempt, ctx);\n  attemptOver(tx, attempt, ctx);\n  const bead",
        replace: "  attemptOver(tx, attempt, ctx);\n  const bead",
      },
    ],
  },
  {
    name: "nothing-to-do-frees-nobody",
    why: "what waits for a bead that was done already waits for ever",
    scenario: "a run finds nothing to do",
    edits: [{ file: END, find: '.noChange === "close")', replace: '.noChange === "park")' }],
  },
  {
    name: "parts-go-on-waiting",
    why: "what a parent waited for is done, and its parts wait for it for ever",
    edits: [{ file: OVER, find: "for (const { id } of dependents) tellParts(tx, id, nowMs);", replace: "" }],
  },
  {
    name: "an-epic-stays-open",
    why: "all parts of an epic are done, and what waits for it waits for ever",
    scenario: "an epic is over with its only part, and what waits for it goes on",
    edits: [{ file: OVER, find: "if (!isWhole) return;", replace: "if (isWhole) return;" }],
  },
  {
    name: "a-part-counts-twice",
    why: "a part that waits for the same as its parent begins before what it waits for besides",
    edits: [
      {
        file: OVER,
        find: "  // Only then: a part of one may be another, and is counted anew.",
        replace:
          "  for (const { id } of dependents) tx.run(sql`UPDATE beads SET blocked_by = blocked_by + ${by} WHERE parent_id IS NOT NULL AND id = ${id}`);",
      },
    ],
  },
  {
    name: "a-new-parent-holds-up-nobody",
    why: "a part of what waits is begun before its time",
    edits: [
      {
        file: "src/commands/edit-bead.ts",
        find: "if (parent !== undefined && parent !== bead.parentId) placeChanged(tx, id, bead.parentId, nowMs);",
        replace: "",
      },
    ],
  },
  {
    name: "a-closed-convoy-stays-closed",
    why: "a convoy says that all is done while a member of it is open again",
    edits: [{ file: OVER, find: "memberCameBack(tx, revived, nowMs);", replace: "" }],
  },
  {
    name: "a-convoy-leaves-its-branch",
    why: "a convoy closes, and what its members brought to its branch never reaches the default one",
    edits: [{ file: CONVOYS, find: "unfinished || landBranch(tx, convoy, nowMs)", replace: "unfinished" }],
  },
  {
    name: "a-convoy-lands-again-and-again",
    why: "each landing of a convoy's branch brings forth the next",
    edits: [
      {
        file: "src/beads/convoy-branch.ts",
        find: "tx.update(convoys).set({ head: null })",
        replace: "tx.update(convoys).set({ head })",
      },
    ],
  },
  {
    name: "a-held-convoy-forgets-its-branch",
    why: "all was over while it was held: nobody asks again when it is started, and its branch never lands",
    scenario: "all of a convoy is over while it is held, and it is started",
    edits: [
      { file: "src/commands/start-convoy.ts", find: "    closeIfAllOver(tx, running, nowMs);\n", replace: "" },
      {
        file: "src/commands/start-convoy.ts",
        find: "import { closeIfAllOver, countForMembers",
        replace: "import { countForMembers",
      },
    ],
  },
  {
    name: "a-convoy-never-closes",
    why: "a convoy whose members are all over runs for ever",
    edits: [{ file: CONVOYS, find: "if (unfinished || landBranch", replace: "if (unfinished || id || landBranch" }],
  },
  {
    name: "a-held-convoy-closes-and-stays-in-the-way",
    why: "a member of a convoy that was closed while it was held never starts again",
    edits: [
      {
        file: CONVOYS,
        find: 'if (state === "held") countForMembers(tx, id, -1, nowMs);',
        replace: "",
      },
    ],
  },
  {
    name: "who-joins-does-not-wait",
    why: "a bead that joins a held convoy starts at once, and counts wrongly from then on",
    edits: [{ file: CONVOYS, find: 'state === "held" ? 1 : 0', replace: "0" }],
  },
];
