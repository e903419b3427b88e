import type { RigSpec } from "../src/protocol/common.ts";
import { pause } from "./clock.ts";
import type { Repository } from "./git.ts";
import { pushRetryMs } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { contentMessage, placeFailure, push } from "./push.ts";
import type { Refusal } from "./push-refusal.ts";

/** A run's work: the commit, and the one that it began from, which the remote has. */
export type Finished = { head: string; base: string };

/**
 * Pushes the work to the attempt's own branch. Tries again where the connection said no, or the remote in words that no rule
 * knows: a push is cheap beside the run.
 *
 * @throws StepFailure `declined` for what is in the work, `rig_trouble` for a branch that is not taken with any content,
 * `push_failed` where the remote was not heard
 */
export async function pushWork(
  repository: Repository,
  rig: RigSpec,
  { head, base }: Finished,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  for (let tried = 0; ; tried++) {
    // Forced: the branch is this attempt's alone, and the agent may have pushed there itself.
    const refusal = await push(repository, rig, { commit: head, branch, force: true }, signal);
    if (!refusal) return;
    signal.throwIfAborted();
    const waitMs = pushRetryMs[tried];
    if (waitMs === undefined || refusal.kind === "content" || refusal.kind === "place") {
      const known =
        refusal.kind === "unknown" ? await whose(repository, rig, { base, branch }, refusal, signal) : refusal;
      throw failureOf(known, rig, branch);
    }
    await pause(waitMs, signal);
    signal.throwIfAborted();
  }
}

/** A no in unknown words is tested: if not even a commit that the remote has is taken there, the work is not what it minds. */
async function whose(
  repository: Repository,
  rig: RigSpec,
  { base, branch }: { base: string; branch: string },
  refusal: Refusal,
  signal: AbortSignal,
): Promise<Refusal> {
  const again = await push(repository, rig, { commit: base, branch, force: true }, signal);
  if (!again) return { ...refusal, kind: "content" };
  return again.kind === "unknown" ? { ...refusal, kind: "place" } : again;
}

function failureOf(refusal: Refusal, rig: RigSpec, branch: string): StepFailure {
  if (refusal.kind === "content") return new StepFailure("agent_failed", "declined", contentMessage(refusal));
  if (refusal.kind === "place") return placeFailure(refusal, rig, branch);
  return new StepFailure("unreachable", "push_failed", `The work could not be pushed: ${refusal.words}`);
}

/** Whether the remote takes this branch at all, found out with a commit that it has. @throws StepFailure as above */
export async function tryBranch(
  repository: Repository,
  rig: RigSpec,
  base: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  const refusal = await push(repository, rig, { commit: base, branch, force: true }, signal);
  if (refusal) throw failureOf(refusal.kind === "network" ? refusal : { ...refusal, kind: "place" }, rig, branch);
}
