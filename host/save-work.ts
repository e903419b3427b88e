import type { RigSpec } from "../src/ports/protocol.ts";
import { collectWork, pushWork } from "./collect-work.ts";
import { drainSaveMs } from "./limits.ts";

type Unfinished = {
  worktree: string;
  base: string;
  title: string;
  identity: Record<string, string>;
  rig: RigSpec;
  /** The attempt's own, so nothing can be overwritten but what it pushed itself. */
  branch: string;
};

/** Commits and pushes what an agent had done when it had to stop, for hosts whose disk goes with them. Says what became of it. */
export async function saveWork({ rig, branch, title, ...work }: Unfinished): Promise<string> {
  const signal = AbortSignal.timeout(drainSaveMs);
  try {
    const head = await collectWork({ ...work, title: `Unfinished: ${title}`, signal });
    await pushWork(work.worktree, rig, head, branch, signal);
    return `What it had done is commit ${head.slice(0, 12)} on branch ${branch}.`;
  } catch (error) {
    return `What it had done could not be saved: ${(error as Error).message.slice(0, 500)}`;
  }
}
