import type { StartRequest } from "../src/protocol/runs.ts";
import type { Collected } from "./collect-work.ts";
import type { Context } from "./context.ts";
import { GitError, gitIdentity } from "./git.ts";
import type { LeaseGuard } from "./lease-guard.ts";
import { commitFailed } from "./outcomes.ts";
import { trailersOf, withTrailers } from "./trailers.ts";
import type { Workshop } from "./workshops.ts";

/** What there is to collect of an attempt: where, under which title, and as whose. */
export function workIn(
  { rigs }: Pick<Context, "rigs">,
  { town, agent, bead, env, rig }: Pick<StartRequest, "town" | "agent" | "bead" | "env" | "rig">,
  workshop: Workshop,
  { title, signal }: { title: string; signal: AbortSignal },
) {
  const refresh = async () => {
    await rigs.fetch(town, rig, signal);
    return rigs.heads(town, rig);
  };
  return { workshop, title: subjectOf(title) || `Work on ${bead}`, identity: gitIdentity(agent, town, env), refresh };
}

/** The part of a bead's title that may stand in history: one line, in which nothing commands the terminal of a reader. */
const subjectOf = (title: string): string => title.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ").trim();

/**
 * The work's head with each commit saying which bead and attempt it is of, unless the rig, or the host by itself, leaves that out.
 *
 * @throws StepFailure `commit_failed` if its commits can't be read, by their messages' length say
 */
export async function trailedWork(
  { trailers }: Pick<Context, "trailers">,
  { host, base, start, place }: Workshop,
  { head, heads }: Pick<Collected, "head" | "heads">,
  { fence, signal }: Pick<LeaseGuard, "fence" | "signal">,
): Promise<string> {
  if (!(place.rig.trailers ?? trailers)) return head;
  const known = [base, start, ...heads.values()];
  return withTrailers(host, head, known, trailersOf(place.bead, fence), signal).catch((error: unknown) => {
    throw error instanceof GitError ? commitFailed(error) : error;
  });
}
