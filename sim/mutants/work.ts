import type { Mutant } from "./mutant.ts";

const OVER = "src/db/beads/over.ts";
const CONVOYS = "src/db/beads/convoys.ts";

/** What people change about the work while it goes on. */
export const work: readonly Mutant[] = [
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
    name: "a-closed-convoy-stays-closed",
    why: "a convoy says that all is done while a member of it is open again",
    edits: [{ file: OVER, find: "memberCameBack(tx, revived, nowMs);", replace: "" }],
  },
  {
    name: "a-convoy-never-closes",
    why: "a convoy whose members are all over runs for ever",
    edits: [{ file: CONVOYS, find: "if (unfinished) return;", replace: "if (unfinished || id) return;" }],
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
