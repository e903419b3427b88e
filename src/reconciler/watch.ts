/** What the watchtower may do about what it sees: heal it, only put it on record, or not even look. */
export type WatchMode = "heal" | "detect" | "off";

/** How a town is, as far as its watcher must know. */
export interface Watched {
  stale: boolean;
  /** Something has begun and does not end: only a restart helps. */
  inFlight: boolean;
  wakeAtMs: number | null;
}
