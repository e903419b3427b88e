import type { HostRun } from "../src/protocol/runs.ts";
import type { Attempt, Bead, Town } from "./api.ts";
import { isFailedDispatch } from "./transitions.ts";

/** What `--once --json` prints. */
export type Summary = {
  town: string;
  /** Path of the bare repository. */
  repo: string;
  /** The commit main is at. */
  head: string;
  beads: { total: number; closed: number; failed: number };
  /** Of kind `run`. */
  attempts: { total: number; accepted: number; refused: number; unreachable: number; timedOut: number };
  /** The most processes that ever worked on one bead at the same time. */
  liveRunsPerBeadMax: number;
  /** From the making of the town to the last bead closed. */
  ms: number;
};

/** Adds up what a town, its journal and its host say. Pure. */
export function summarize(
  town: Town,
  library: { repo: string; head: string },
  journal: { beads: Bead[]; attempts: Attempt[]; runs: HostRun[] },
  nowMs: number,
): Summary {
  const { total, closed, failed } = town.beads;
  const lastMs = Math.max(
    ...journal.beads.map(({ closedAt, parkedAt }) => Date.parse(closedAt ?? parkedAt ?? "") || 0),
  );
  return {
    town: town.name,
    ...library,
    beads: { total, closed, failed },
    attempts: countAttempts(journal.attempts),
    liveRunsPerBeadMax: mostLiveRuns(
      journal.runs.filter((run) => run.town === town.name),
      nowMs,
    ),
    ms: lastMs - Date.parse(town.createdAt ?? ""),
  };
}

/** How the attempts at running an agent went. */
function countAttempts(all: Attempt[]): Summary["attempts"] {
  const runs = all.filter(({ kind }) => kind === "run");
  const failed = runs.filter(isFailedDispatch);
  const count = (kind: string) => failed.filter(({ failure }) => failure?.kind === kind).length;
  return {
    total: runs.length,
    accepted: runs.filter(({ acceptedAt }) => acceptedAt !== null).length,
    refused: count("refused"),
    unreachable: count("unreachable"),
    timedOut: count("timed_out"),
  };
}

/** The most processes of one bead that lived at the same moment. */
function mostLiveRuns(runs: HostRun[], nowMs: number): number {
  const beads = new Set(runs.map(({ bead }) => bead));
  return Math.max(
    0,
    ...[...beads].map((bead) =>
      mostAtOnce(
        runs.filter((run) => run.bead === bead),
        nowMs,
      ),
    ),
  );
}

function mostAtOnce(runs: HostRun[], nowMs: number): number {
  const edges = runs.flatMap(({ state, spawnedAtMs, exitedAtMs }) => {
    // Never spawned, or went on under a newer fence: that record has the process.
    if (spawnedAtMs === null || (state === "ended" && exitedAtMs === null)) return [];
    return [
      { atMs: spawnedAtMs, step: 1 },
      { atMs: exitedAtMs ?? nowMs, step: -1 },
    ];
  });
  edges.sort((a, b) => a.atMs - b.atMs || a.step - b.step);
  let live = 0;
  let most = 0;
  for (const { step } of edges) {
    live += step;
    most = Math.max(most, live);
  }
  return most;
}
