import type { Mutant } from "./mutant.ts";

const REMOVE = "src/beads/remove.ts";
const PRUNE = "src/beads/prune.ts";
const RETENTION = "src/lib/retention.ts";

/** What a town forgets, and when. */
export const history: readonly Mutant[] = [
  {
    name: "prunes-what-others-depend-on",
    why: "an open bead depends on one that is gone, and nobody can say what that was",
    edits: [{ file: REMOVE, find: "(x.status NOT IN ('closed', 'cancelled') OR", replace: "(0 OR" }],
  },
  {
    name: "prunes-a-blocker-that-was-cancelled",
    why: "a bead that is reopened waits for ever for one that is gone",
    edits: [{ file: REMOVE, find: "OR (d.type = 'blocks' AND b.status = 'cancelled')", replace: "" }],
  },
  {
    name: "prunes-a-live-attempt",
    why: "a run that is being stopped is forgotten, and its agent stops for ever",
    edits: [
      { file: REMOVE, find: "t.ended_at_ms IS NULL", replace: "t.state IN ('none')" },
      // While it is asked to stop, that holds it as well.
      { file: REMOVE, find: "t.fence = e.fence WHERE t.bead_id = b.id", replace: "t.fence = e.fence WHERE 0" },
    ],
  },
  {
    name: "prunes-what-may-yet-report",
    why: "a run that may be alive on a host out of reach is forgotten while it works",
    edits: [{ file: REMOVE, find: "t.state = 'released' AND", replace: "t.state = 'none' AND" }],
  },
  {
    name: "hears-what-it-has-forgotten",
    why: "a run whose bead is gone is told that all is well, and pushes",
    edits: [
      {
        file: "src/events/report-event.ts",
        find: 'refuseReport(tx, known, report, ctx);\n        return "fenced";',
        replace: 'refuseReport(tx, known, report, ctx);\n        return known ? "fenced" : "ok";',
      },
    ],
  },
  {
    name: "prunes-parts-of-a-whole",
    why: "a child says that it is a part of a bead that never was",
    edits: [{ file: REMOVE, find: "WHERE c.parent_id = b.id)", replace: "WHERE c.parent_id = b.id AND 0)" }],
  },
  {
    name: "prunes-members-under-way",
    why: "a convoy is done before its work is, since half of it is forgotten",
    edits: [
      { file: REMOVE, find: "c.id = b.convoy_id AND c.state NOT IN ('closed', 'cancelled')", replace: "0" },
      { file: PRUNE, find: "coalesce(c.closed_at_ms, 0))", replace: "0)" },
    ],
  },
  {
    name: "prunes-what-waits-for-a-person",
    why: "a bead that was parked with its evidence is gone before anybody looked",
    scenario: "history goes, and what is needed stays",
    edits: [
      {
        file: PRUNE,
        find: "b.status IN ('closed', 'cancelled') AS isOver",
        replace: "b.closed_at_ms IS NOT NULL AS isOver",
      },
      { file: REMOVE, find: "WHEN b.status NOT IN ('closed', 'cancelled') OR", replace: "WHEN" },
    ],
  },
  {
    name: "prunes-too-soon",
    why: "history is gone before anybody could export it",
    edits: [{ file: RETENTION, find: "return Math.min(nowMs - kept,", replace: "return Math.min(nowMs - kept / 2," }],
  },
  {
    name: "prunes-all-at-once",
    why: "one pass deletes what a year has brought, and nothing else happens meanwhile",
    edits: [{ file: PRUNE, find: "const ROWS_A_STEP = 200;", replace: "const ROWS_A_STEP = 1e9;" }],
  },
  {
    name: "leaves-what-belonged-to-it",
    why: "what was written on a bead outlives it, for ever",
    edits: [{ file: REMOVE, find: '    rows.deleteAll("bead_notes", sql`bead_id = ${id}`) &&\n', replace: "" }],
  },
  {
    name: "forgets-to-go-on",
    why: "what one step leaves stays until the next day",
    edits: [
      {
        file: RETENTION,
        find: "if (begun) return begun.steppedAtMs + STEP_PAUSE_MS;",
        replace: "if (begun) return null;",
      },
    ],
  },
  {
    name: "wake-ignores-history",
    why: "a town that sleeps keeps what it should have let go",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "    prunesAtMs(after, after.settings.retention, counts.applied),\n",
        replace: "",
      },
      {
        file: "src/reconciler/wake.ts",
        find: 'import { prunesAtMs } from "../lib/retention.ts";\n',
        replace: "",
      },
    ],
  },
  {
    name: "history-wakes-again-and-again",
    why: "a town with nothing to do wakes each night for what can't go",
    edits: [{ file: PRUNE, find: "if (look.hasPruned) oldestMs", replace: "if (look.boundMs) oldestMs" }],
  },
];
