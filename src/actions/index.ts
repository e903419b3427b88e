import type { z } from "zod";
import { dispatchAgent } from "./dispatch-agent.ts";
import { escalateRun } from "./escalate-run.ts";
import { landBead } from "./land-bead.ts";
import { nudgeRun } from "./nudge-run.ts";
import { pruneHistory } from "./prune-history.ts";
import { releaseHook } from "./release-hook.ts";
import { releaseLostAttempt } from "./release-lost-attempt.ts";
import { stopAttemptPastLimit } from "./stop-past-limit.ts";
import { stopRun } from "./stop-run.ts";
import { stopStalledRun } from "./stop-stalled-run.ts";

/** Every action there is. One line each; the file holds its payload, apply, effect, settle and rollback. */
export const actions = {
  release_lost_attempt: releaseLostAttempt,
  stop_past_limit: stopAttemptPastLimit,
  stop_stalled_run: stopStalledRun,
  stop_run: stopRun,
  escalate_run: escalateRun,
  nudge_run: nudgeRun,
  release_hook: releaseHook,
  dispatch_agent: dispatchAgent,
  land_bead: landBead,
  prune_history: pruneHistory,
} as const;

type Registry = typeof actions;
export type Action = { [T in keyof Registry]: { type: T } & z.infer<Registry[T]["payload"]> }[keyof Registry];
