/** What each kind of failure costs, whom it concerns, and how long it waits: the one place that says so. */

import type { Attempt, Failure } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { backoffMs, waitFor } from "../lib/backoff.ts";
import { MAX_RESET_MS } from "../protocol/bounded.ts";

export type Cause = Omit<Failure, "atMs">;

/** A person must mend these, so the agent asks again slowly. */
const MEND_WAIT_MS = 60_000;
const AGENT_WAIT_CAP_MS = 3_600_000;
/** The first wait of our own for a provider that names its reset: a reset that is always near makes the waits rise all the same. */
const NAMED_RESET_WAIT_MS = 5_000;
/** What is wrong with the agent itself, as its host or its tool names it: its program, its model, its working copy's trust. */
const AGENTS_OWN: ReadonlySet<string> = new Set([
  ...["command_missing", "unknown_model", "untrusted_folder", "setup"],
  // What it fails every bead with.
  ...["unknown_error", "exit_code", "signal"],
]);

/**
 * Is it the agent's own trouble (its provider's limit, its credentials, its command), so that every
 * bead would meet it?
 * Then the agent cools down, and the bead is free for others.
 */
export const isAgentsTrouble = ({ kind, code }: Cause): boolean =>
  kind === "provider_limited" || kind === "auth" || (kind === "refused" && AGENTS_OWN.has(code));

/**
 * Is it the rig's own trouble (its remote's rules, its gate), so that every bead's work would meet it? Then the rig waits for
 * a person, and no bead pays.
 */
export const isRigsTrouble = ({ kind, code }: Cause): boolean => kind === "rig_trouble" || code === "gate_missing";

/** What a host fetches from a rig's remote before anything of a bead is looked at: no other bead would fare better. */
const FETCHES: ReadonlySet<string> = new Set(["clone_failed", "fetch_failed"]);
/** What may fail for the remote's sake, or for what one bead brings: that two beads meet it tells. */
export const TRANSFERS: ReadonlySet<string> = new Set([...FETCHES, "submodule_failed", "lfs_failed", "push_failed"]);

/** Was the rig's remote not reached? So says a host that is reached itself: it is no trouble of the host. */
export const isRemotes = ({ kind, code }: Cause): boolean => kind === "unreachable" && TRANSFERS.has(code);

/** Whether the remote can't be reached for any bead. */
export const isRemoteAway = (cause: Cause): boolean => isRemotes(cause) && FETCHES.has(cause.code);

/** Does its host leave, on purpose? It says so before it begins anything, and whoever asks in a moment finds another, or it again. */
export const isLeaving = ({ kind, code }: Cause): boolean => kind === "refused" && code === "draining";

/** A rig in trouble of any kind is first tried again this soon: trouble is mended within a minute, or not for long. */
const RIG_WAIT_MS = 30_000;
/** A person must mend these. To see whether that was done costs a gate, or a run's start: not often. */
const PLACE_WAIT_CAP_MS = 6 * 3_600_000;
/** A gate may be mended by what waits to land, so that is tried more often. */
const GATE_WAIT_CAP_MS = 3_600_000;
/** What a host or a network brings to nothing: this many consecutive failures, and then it waits. */
const TRIES_BEFORE_WAIT = 3;
const NETWORK_WAIT_CAP_MS = 1_800_000;
/** To ask a remote whether it is back costs a fetch, and no agent. */
const REMOTE_WAIT_CAP_MS = 300_000;

/** How long a rig waits after this many consecutive troubles; null: too few to wait for. */
export function rigWaitMs(cause: Cause, times: number): number | null {
  const over = times - timesUntilWait(cause);
  return over < 0 ? null : rising(RIG_WAIT_MS, waitCapMs(cause), over);
}

/** After this many consecutive failures its rig waits. */
export const timesUntilWait = (cause: Cause): number => (isRigsTrouble(cause) ? 1 : TRIES_BEFORE_WAIT);

function waitCapMs(cause: Cause): number {
  if (isRigsTrouble(cause)) return cause.code.startsWith("gate_") ? GATE_WAIT_CAP_MS : PLACE_WAIT_CAP_MS;
  return isRemoteAway(cause) ? REMOTE_WAIT_CAP_MS : NETWORK_WAIT_CAP_MS;
}

const rising = (firstMs: number, capMs: number, doublings: number): number =>
  Math.min(capMs, firstMs * 2 ** Math.min(doublings, 20));

/** How long an agent cools down after this many consecutive troubles: longer each time, and as long as it was asked for. */
export function coolDownMs(cause: Cause, troubles: number, retryAfterMs: number | undefined, ctx: StepContext): number {
  const { providerWaitMs } = ctx.settings;
  const limited = cause.kind === "provider_limited" && cause.code !== "no_credit";
  const limitedMs = retryAfterMs === undefined ? providerWaitMs : Math.min(providerWaitMs, NAMED_RESET_WAIT_MS);
  const baseMs = limited ? limitedMs : MEND_WAIT_MS;
  const ownMs = backoffMs(troubles, baseMs, Math.max(baseMs, AGENT_WAIT_CAP_MS), ctx.random());
  return waitFor(ownMs, retryAfterMs, MAX_RESET_MS);
}

/** How long a bead waits after this many consecutive infrastructure failures; a host's own wish counts up to the cap. */
export function retryWaitMs(failures: number, retryAfterMs: number | undefined, ctx: StepContext): number {
  const { backoffBaseMs, backoffCapMs } = ctx.settings;
  return waitFor(backoffMs(failures, backoffBaseMs, backoffCapMs, ctx.random()), retryAfterMs, backoffCapMs);
}

/** A trouble that goes on began when the first of its kind was met. */
export const goneOn = (trouble: Failure, before: Failure | null): Failure => ({
  ...trouble,
  sinceMs: before?.kind === trouble.kind ? (before.sinceMs ?? before.atMs) : (trouble.sinceMs ?? trouble.atMs),
});

/** When a released attempt is dead for certain. */
export const untilDead = ({ state, leaseUntilMs }: Attempt): number => (state === "released" ? leaseUntilMs : 0);
