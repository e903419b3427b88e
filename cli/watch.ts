import { setTimeout as pause } from "node:timers/promises";
import type { TownApi } from "./api.ts";
import type { Display } from "./display.ts";
import { messageOf } from "./fault.ts";
import { statusText } from "./town/words.ts";
import type { Snapshot } from "./transitions.ts";

const POLL_MS = 200;
/** A bead of the sample takes a few seconds; a failing dispatch is retried within seconds. */
const STALLED_AFTER_MS = 120_000;

/**
 * Follows a town until all its beads have closed.
 *
 * @returns null when they have, else why they will not
 */
export async function watchTown(
  api: TownApi,
  town: string,
  display: Display,
  signal: AbortSignal,
): Promise<string | null> {
  let movedMs = performance.now();
  let last = "";
  let trouble = "";
  while (!signal.aborted) {
    try {
      const now = await look(api, town);
      display.update(now);
      const end = verdictOn(now);
      if (end) return end.reason;
      trouble = "";
      const state = now.beads.map(({ status }) => status).join();
      if (state !== last) movedMs = performance.now();
      last = state;
    } catch (error) {
      trouble = `; the Worker last said: ${messageOf(error)}`;
    }
    if (performance.now() - movedMs > STALLED_AFTER_MS) return `no bead has moved for 120 s${trouble}`;
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return "it was stopped";
}

/** A town as it is now. */
export async function look(api: TownApi, town: string): Promise<Snapshot> {
  const [beads, attempts, agents] = await Promise.all([api.beads(town), api.attempts(town), api.agents(town)]);
  return { beads, attempts, agents };
}

/** One bead that will not close is enough: those that depend on it won't either. */
function verdictOn({ beads }: Snapshot): { reason: string | null } | null {
  const lost = beads.find(({ status }) => status === "failed" || status === "cancelled");
  if (lost) {
    const why = lost.lastFailure ? `: ${lost.lastFailure.message}` : "";
    return { reason: `${lost.id} (${lost.title}) is ${statusText(lost.status)}${why}` };
  }
  return beads.every(({ status }) => status === "closed") ? { reason: null } : null;
}
