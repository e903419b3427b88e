/** What kind of a town it is. */
export interface Life {
  /** Until when people bring work. */
  days: number;
  seed: number;
  agents: number;
  /** On a working day. */
  beads: number;
  /** How often a run has printed something since its last sign of life. */
  prints: number;
  /** Days; null: everything is kept. */
  retention: { days: number | null; logDays: number | null };
}

/**
 * How long a request or an alarm keeps the object at work, which is what its time is billed by: an object that waits for nothing is
 * not billed for being in memory, also before the platform takes it out. A pass and its commit take 5 ms here, 19 at the 99th
 * percentile; on the platform other machines confirm the commit.
 */
export const ACTIVE_MS = 50;

/** From the first day on, counted by the platform's own storage, statement by statement. */
export interface Figures {
  beads: number;
  attempts: number;
  passes: number;
  /** Passes of an alarm, and alarms that were set: each is billed as a written row. */
  alarms: number;
  alarmsSet: number;
  /** What people and hosts asked of the object: each report is a request of its own. */
  requests: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** Of them, by the steps that prune. */
  pruning: { steps: number; rowsRead: number; rowsWritten: number };
  /** How long the object was at work, by `ACTIVE_MS`. */
  awakeMs: number;
  databaseBytes: number;
  /** Beads that are there at the end. */
  left: number;
  violations: string[];
}
