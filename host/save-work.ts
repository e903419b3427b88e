import type { StartRequest } from "../src/protocol/runs.ts";
import { trailedWork, workIn } from "./attempt-work.ts";
import { collectWork } from "./collect-work.ts";
import type { Context } from "./context.ts";
import { keepWork } from "./kept-work.ts";
import { drainSaveMs } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { type Finished, pushWork } from "./push-work.ts";
import type { RunRecord } from "./records.ts";
import type { Workshop } from "./workshops.ts";

/** How the commit begins that holds what an agent had not committed: the next try finds its files, and no such commit. */
export const UNFINISHED = "Unfinished: ";

type Unfinished = {
  /** With the fence under which it ended. */
  request: Pick<StartRequest, "town" | "agent" | "bead" | "fence" | "rig" | "env" | "title">;
  workshop: Workshop;
  /** Its own, so nothing can be overwritten but what it pushed itself. Null: it is not pushed. */
  branch: string | null;
};

/** What became of it, as one more sentence, and the work where the remote has it. */
type Saved = { told: string; pushed: Finished | null };

/** Takes what an agent had done when its run came to nothing, so that the bead's next try may go on with it. Never throws. */
export async function saveWork(context: Context, { request, workshop, branch }: Unfinished): Promise<Saved> {
  const signal = AbortSignal.timeout(drainSaveMs);
  try {
    const unfinished = workIn(context, request, workshop, { title: request.title, signal });
    const found = await collectWork({ ...unfinished, title: `${UNFINISHED}${unfinished.title}`, signal });
    const head = await trailedWork(context, workshop, found, { fence: request.fence, signal });
    const work = { head, base: found.base };
    await keepWork(context, request, workshop.host, work, signal);
    const named = `What it had done is commit ${head.slice(0, 12)}`;
    if (branch === null) return { told: `${named}, kept on this host: the next try goes on with it.`, pushed: null };
    await pushWork(workshop.host, request.rig, work, branch, signal);
    return { told: `${named} on branch ${branch}.`, pushed: work };
  } catch (error) {
    if (error instanceof StepFailure && error.code === "no_commit") return { told: "", pushed: null };
    return { told: notSaved(error), pushed: null };
  }
}

const notSaved = (error: unknown): string =>
  `What it had done could not be saved: ${(error as Error).message.slice(0, 500)}`;

/** Saves what the agent of a run that a former boot left had done by then. Never throws. */
export async function saveLeft(context: Context, record: RunRecord): Promise<string> {
  const { town, rig, bead, fence, workshop: made } = record;
  if (!made || record.state === "preparing") return "";
  const heads = await context.rigs.heads(town, rig).catch(() => new Map());
  try {
    const workshop = context.workshops.reopen({ kind: "work", town, rig, bead, fence }, made, heads);
    return (await saveWork(context, { request: { ...record, env: {}, title: "" }, workshop, branch: null })).told;
  } catch (error) {
    return notSaved(error);
  }
}

/** The same in the report of a run that failed. */
export function savedIn({ message }: { message: string }, saved: Saved | null) {
  if (!saved) return {};
  return { message: `${message} ${saved.told}`.trim(), ...(saved.pushed && { saved: saved.pushed }) };
}
