/** What a person should be told at the top of everything: red before amber, or nothing. Shared by all faces of the product. */
export interface BannerInput {
  pollStale: boolean;
  lastPollCompletedAtMs: number | null;
  hasStuckQueue: boolean;
  readyUnassignedBeads: number;
  hint: string | null;
  incident: number | null;
}

export interface Banner {
  level: "red" | "amber";
  text: string;
  /** A dismissal counts for this one: an incident, or an escalation of it, shows again. */
  key: string;
}

export function bannerOf(health: BannerInput, nowMs: number): Banner | null {
  if (health.pollStale) {
    const text = `Dispatch loop is wedged. No tick has completed ${howLong(health.lastPollCompletedAtMs, nowMs)}. Nothing new starts until it is restarted; what runs is safe.`;
    return { level: "red", text, key: `red ${health.incident ?? "unknown"}` };
  }
  if (!health.hasStuckQueue) return null;
  const { readyUnassignedBeads: ready } = health;
  const text = `Dispatch is stuck. ${ready} bead${ready === 1 ? "" : "s"} ready, no available agents. ${health.hint ?? ""}`;
  return { level: "amber", text: text.trim(), key: `amber ${health.incident ?? "unknown"}` };
}

/** Whole minutes, never rounded up. */
function howLong(sinceMs: number | null, nowMs: number): string {
  const minutes = sinceMs === null ? 0 : Math.floor((nowMs - sinceMs) / 60_000);
  return minutes < 1 ? "for a while" : `for over ${minutes} minute${minutes === 1 ? "" : "s"}`;
}
