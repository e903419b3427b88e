/** What a person should be told at the top of everything: red before amber, or nothing. Shared by all faces of the product. */
export interface BannerInput {
  /** The loop is stale; `key` is the same for as long as this one stall lasts. */
  stalled: { key: string } | null;
  lastPollCompletedAtMs: number | null;
  /** Ready beads that no agent will take. */
  stuck: { key: string; ready: number; hint: string } | null;
}

export interface Banner {
  level: "red" | "amber";
  text: string;
  /** A dismissal counts for this one: an incident, or an escalation of it, shows again. */
  key: string;
}

export function bannerOf({ stalled, lastPollCompletedAtMs, stuck }: BannerInput, nowMs: number): Banner | null {
  if (stalled) {
    const text = `Dispatch loop is wedged. No tick has completed ${howLong(lastPollCompletedAtMs, nowMs)}. Nothing new starts until it is restarted; what runs is safe.`;
    return { level: "red", text, key: `red ${stalled.key}` };
  }
  if (!stuck) return null;
  const { key, ready, hint } = stuck;
  const text = `Dispatch is stuck. ${ready} bead${ready === 1 ? "" : "s"} ready, no available agents. ${hint}`;
  return { level: "amber", text, key: `amber ${key}` };
}

/** Whole minutes, never rounded up. */
function howLong(sinceMs: number | null, nowMs: number): string {
  const minutes = sinceMs === null ? 0 : Math.floor((nowMs - sinceMs) / 60_000);
  return minutes < 1 ? "for a while" : `for over ${minutes} minute${minutes === 1 ? "" : "s"}`;
}
