import type { Mutant } from "./mutant.ts";
import { SETTLE } from "./settle.ts";

/** Where a report is refused. */
const REFUSED = 'refuseReport(tx, known, report, ctx);\n        return "fenced";';
const CLAIM = "src/attempts/claim.ts";
const REPORT = "src/events/report-event.ts";
const INDEXES = "migrations/0006_fewer_rows.sql";
const SPEAKS_FOR = "attemptForReport(tx, known, report, ctx)";

const REMOVAL = "src/attempts/removal.ts";

/** Who may speak for a bead. */
export const fences: readonly Mutant[] = [
  {
    name: "removed-host-is-believed",
    why: "a run on a machine that nobody trusts any more is adopted by its next heartbeat",
    scenario: "the host of a run is removed",
    edits: [{ file: REMOVAL, find: "hostId !== null &&", replace: "hostId === fence.toString() &&" }],
  },
  {
    name: "removed-host-counts-as-dead",
    why: "the bead of a machine that was taken away begins elsewhere while its run lives there",
    scenario: "the host of a run is removed",
    edits: [{ file: REMOVAL, find: "uncertain: true", replace: "uncertain: false" }],
  },
  {
    name: "not-connected-counts-as-never-asked",
    why: "a town dies with a start on its way, and its joined host with its connection: the run lives there, and another begins elsewhere",
    scenario: "the town dies with a start on its way to a joined host, and its connection with it",
    edits: [
      {
        file: "src/reconciler/effects.ts",
        find: "const uncertain = isAgain && code === NOT_CONNECTED;",
        replace: "const uncertain = !isAgain && code === NOT_CONNECTED;",
      },
    ],
  },
  {
    name: "adopts-although-newer",
    why: "a run that was given up comes back and takes the bead from its successor",
    edits: [
      { file: SETTLE, find: "if (bead?.fence !== attempt.fence) return false;", replace: "if (!bead) return false;" },
    ],
  },
  {
    name: "refuses-although-newest",
    why: "a live run is killed because its start was slow to answer",
    edits: [
      {
        file: SETTLE,
        find: 'if (attempt.state !== "released" || !mayAdopt(tx, attempt)) return null;',
        replace: "if (attempt.fence > 0 || !mayAdopt(tx, attempt)) return null;",
      },
    ],
  },
  {
    name: "adopts-although-the-agent-moved-on",
    why: "an agent has two runs at once",
    edits: [
      {
        file: SETTLE,
        find: 'bead.status === "in_progress" && bead.agentId === agent?.id && agent?.status === "idle" && agent.beadId === bead.id',
        replace: "agent !== undefined",
      },
    ],
  },
  {
    name: "fence-not-raised",
    why: "a retry goes by the number of the try before it, so nobody can tell them apart",
    edits: [
      {
        file: CLAIM,
        find: "const fence = nextFence(tx, ctx);\n  const agent",
        replace:
          "const fence = tx.select().from(beads).where(eq(beads.id, beadId)).get()?.fence ?? nextFence(tx, ctx);\n  const agent",
      },
      {
        file: CLAIM,
        find: "insert(tx).run(",
        replace: "tx.delete(attempts).where(eq(attempts.fence, claim.fence)).run();\n  insert(tx).run(",
      },
    ],
  },
  {
    name: "fence-per-bead",
    why: "an agent's old run is newer than its new one, when they are of two beads",
    edits: [
      {
        file: CLAIM,
        find: "function nextFence(tx: Tx, { nowMs, settings }: StepContext): number {",
        replace: `function nextFence(tx: Tx, { nowMs, settings }: StepContext, beadId: string): number {
  const own = tx.select().from(beads).where(eq(beads.id, beadId)).get();
  if (own) return own.seq * 10_000 + ((own.fence ?? 0) % 10_000) + 1;`,
      },
      {
        file: CLAIM,
        find: "nextFence(tx, ctx);\n  const agent",
        replace: "nextFence(tx, ctx, beadId);\n  const agent",
      },
      { file: CLAIM, find: "nextFence(tx, ctx);\n  const bead", replace: "nextFence(tx, ctx, beadId);\n  const bead" },
    ],
  },
  {
    name: "heartbeats-unfenced",
    why: "a run that lost its bead is told that all is well",
    edits: [
      {
        file: REPORT,
        find: SPEAKS_FOR,
        replace: '(kind === "heartbeat" && known ? known : attemptForReport(tx, known, report, ctx))',
      },
    ],
  },
  {
    name: "stale-heartbeat-is-ok",
    why: "a superseded run goes on working, for nothing",
    edits: [
      {
        file: REPORT,
        find: REFUSED,
        replace: REFUSED.replace('"fenced"', 'kind === "heartbeat" ? "ok" : "fenced"'),
      },
    ],
  },
  {
    name: "fenced-is-duplicate",
    why: "an intruder is told that it said so already, and goes on",
    edits: [{ file: REPORT, find: REFUSED, replace: REFUSED.replace('"fenced"', 'known ? "duplicate" : "fenced"') }],
  },
  {
    name: "finishes-unfenced",
    why: "the work of a superseded run is taken for the bead's",
    edits: [
      {
        file: REPORT,
        find: SPEAKS_FOR,
        replace: '(kind === "finished" && known ? known : attemptForReport(tx, known, report, ctx))',
      },
    ],
  },
  {
    name: "finish-taken-twice",
    why: "a repeated message puts a closed bead back into review, and it lands again",
    edits: [
      {
        file: "src/events/run-finished.ts",
        find: 'attempt.kind === "run" && attempt.state === "finished" && attempt.head === head',
        replace: 'attempt.state === "finished" && attempt.head === head && attempt.kind !== "run"',
      },
      {
        file: SETTLE,
        find: 'if (attempt.state === "running") return attempt;',
        replace: 'if (attempt.state === "running" || attempt.state === "finished") return attempt;',
      },
    ],
  },
  {
    name: "repeat-taken-for-an-intruder",
    why: "a finish whose answer was lost is said again, and the host throws its work away",
    edits: [
      {
        file: REPORT,
        find: 'return "duplicate";',
        replace: 'return known.state === "running" ? "duplicate" : "fenced";',
      },
    ],
  },
  {
    name: "repeats-renew-the-lease",
    why: "the echo of an old heartbeat keeps a dead run alive",
    edits: [
      {
        file: REPORT,
        find: "attempt.lastSeq !== null && seq <= attempt.lastSeq",
        replace: "attempt.lastSeq !== null && seq < 0",
      },
    ],
  },
  {
    name: "speaks-for-another-bead",
    why: "a report with a live fence and another bead's name is believed",
    edits: [
      {
        file: REPORT,
        find: '.where(and(eq(attempts.fence, slot("fence")), eq(attempts.beadId, slot<string>("bead"))))',
        replace: '.where(eq(attempts.fence, slot("fence")))',
      },
    ],
  },
  {
    name: "two-live-attempts",
    why: "without the index and the guards that lean on it two runs of a bead live at once",
    edits: [
      {
        file: INDEXES,
        find: "CREATE UNIQUE INDEX `attempts_live_bead`",
        replace: "CREATE INDEX `attempts_live_bead`",
      },
      {
        file: INDEXES,
        find: "CREATE UNIQUE INDEX `attempts_live_agent`",
        replace: "CREATE INDEX `attempts_live_agent`",
      },
      { file: SETTLE, find: "if (bead?.fence !== attempt.fence) return false;", replace: "if (bead) return true;" },
    ],
  },
];
