import type { RigSpec } from "../src/ports/protocol.ts";
import { collectWork } from "./collect-work.ts";
import { drainSaveMs } from "./limits.ts";
import { pushWork } from "./push-work.ts";

type Unfinished = Omit<Parameters<typeof collectWork>[0], "signal">;

/**
 * Commits and pushes what an agent had done when it had to stop, for hosts whose disk goes with them. Says what became of it.
 *
 * @param branch the attempt's own, so nothing can be overwritten but what it pushed itself
 */
export async function saveWork(unfinished: Unfinished, rig: RigSpec, branch: string): Promise<string> {
  const signal = AbortSignal.timeout(drainSaveMs);
  try {
    const { head } = await collectWork({ ...unfinished, title: `Unfinished: ${unfinished.title}`, signal });
    const { host, base } = unfinished.workshop;
    await pushWork(host, rig, { head, base }, branch, signal);
    return `What it had done is commit ${head.slice(0, 12)} on branch ${branch}.`;
  } catch (error) {
    return `What it had done could not be saved: ${(error as Error).message.slice(0, 500)}`;
  }
}
