import type { RigSpec } from "../src/protocol/common.ts";
import type { MergeRequest } from "../src/protocol/merges.ts";
import type { Report } from "../src/protocol/reports.ts";
import { programMarks } from "./agent-env.ts";
import type { Context } from "./context.ts";
import { deliverOutcome } from "./final-report.ts";
import { deleteBranches } from "./landing-git.ts";
import { forgetBead } from "./over.ts";
import type { MergeRecord } from "./records.ts";

/** Of work that was found on the default branch. */
export function pastGateNote({ defaultBranch }: RigSpec) {
  const note = `The work was on ${defaultBranch} before it had been through the gate: its agent, or someone else, pushed it there. The gate passes on it now.`;
  return { note, pastGate: true };
}

/** Of work that began at a commit which was removed meanwhile. */
export function removedNote(base: string, branch: string): string {
  return `The work began at ${base.slice(0, 12)}, which ${branch} no longer has: only the attempt's own commits were landed, and what was removed stays removed.`;
}

/** Sends a landing's outcome; once the town has a landed one, removes the bead's branches, and what this host has kept of it. */
export async function sendAndTidy(
  context: Context,
  record: MergeRecord,
  ahead?: Promise<readonly Report[]>,
): Promise<void> {
  const taken = await deliverOutcome(context, context.mergeBook, record, record.request.reporting, ahead);
  if (!taken || record.outcome?.kind !== "landed") return;
  const { town, bead, rig } = record.request;
  const { rigs } = context;
  const mirror = rigs.mirror(town, rig);
  await rigs
    .heads(town, rig)
    .then((heads) => deleteBranches(mirror, rig, bead, heads))
    .catch(() => undefined);
  await forgetBead(context, { town, rig, bead });
}

/** The marks of a landing's gate, known before it runs. */
export function landingMarks(context: Context, { town, rig, bead, fence }: MergeRequest): string[] {
  return programMarks({ bead, fence, worktree: context.workshops.folder({ kind: "land", town, rig, bead, fence }) });
}
