import type { Context } from "./context.ts";
import { deliverOutcome, lastReport } from "./final-report.ts";
import { tidyFormerGit } from "./former-git.ts";
import { gitMarks } from "./git.ts";
import { sendAndTidy } from "./landing-words.ts";
import { aboutOf } from "./log.ts";
import type { Merges } from "./merges.ts";
import { failed } from "./outcomes.ts";
import { leftover, terminate } from "./process-group.ts";
import type { MergeRecord, RunRecord } from "./records.ts";
import { saveLeft } from "./save-work.ts";

/**
 * Puts in order what a former boot left: its processes end, its runs are reported lost, its reports go out, its landings
 * go on. Nothing may be started here before the processes are gone.
 */
export async function recover(context: Context, merges: Merges): Promise<void> {
  const runs = context.runBook.all();
  const landings = context.mergeBook.all();
  // A crash between the record and the fence files is mended here.
  for (const { town, bead, agent, fence } of runs) {
    context.fences.raise("beads", town, bead, fence);
    context.fences.raise("agents", town, agent, fence);
  }
  for (const { town, bead, fence } of landings) context.fences.raise("landings", town, bead, fence);
  const unfinished = [...runs, ...landings].filter((record) => record.state !== "ended");
  await Promise.all(unfinished.map((record) => endLeftovers(context, record)));
  await Promise.all(runs.filter(({ state }) => state !== "ended").map((record) => loseRun(context, record)));
  await tidyFormerGit(context.stateDirectory);
  for (const record of runs) if (wasStopped(context, record)) settle(context, record);
  for (const record of runs) void deliverOutcome(context, context.runBook, record, record.reporting);
  for (const record of landings) {
    if (record.state === "ended") void sendAndTidy(context, record);
    else merges.redrive(record);
  }
}

async function endLeftovers(context: Context, record: RunRecord | MergeRecord): Promise<void> {
  const program = leftover({ pgid: record.pid, marks: record.marks }, record.startMark);
  // No two may ever work in one git directory: a landing is driven again in the one that it had.
  const gits = gitDirsOf(context, record).map((gitDir) => leftover({ pgid: null, marks: gitMarks(gitDir) }, null));
  const left = [program, ...gits].filter((tree) => tree !== null);
  if (left.length === 0) return;
  context.log("ends what the former boot left running", { level: "warn", ...aboutOf(record) });
  await Promise.all(left.map((tree) => terminate(tree)));
}

/** A run has one for its attempt, and one in which an earlier try's work is rebased before that. */
function gitDirsOf({ workshops }: Context, record: RunRecord | MergeRecord): string[] {
  const { town, bead, fence } = record;
  const rig = "request" in record ? record.request.rig : record.rig;
  return (["work", "land"] as const).map((kind) => workshops.gitDir({ kind, town, rig, bead, fence }));
}

/** A run that was stopped has no more to say, after a restart either. */
function wasStopped({ fences }: Context, { town, agent, fence }: RunRecord): boolean {
  return fence <= fences.highest("stops", town, agent);
}

function settle(context: Context, record: RunRecord): void {
  if (record.settled) return;
  record.settled = true;
  context.runBook.save(record);
}

async function loseRun(context: Context, record: RunRecord): Promise<void> {
  const kept = await saveLeft(context, record);
  const message = `The agent host restarted while the agent ran; the run was ended. ${kept}`.trim();
  const outcome = failed("lost", "host_restarted", message);
  const seq = record.seqReserved + 1;
  const now = Date.now();
  const exitedAtMs = record.exitedAtMs ?? now;
  const ending = { outcome: lastReport(record, outcome, seq), outcomeAtMs: now, exitedAtMs, seqReserved: seq };
  Object.assign(record, { ...ending, state: "ended", pid: null });
  context.runBook.save(record);
}
