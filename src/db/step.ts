import { sql } from "drizzle-orm";
import type { Lane } from "../lib/lane.ts";
import type { Settings } from "../lib/settings.ts";
import { type Attempt, attempts, beads } from "./schema.ts";

/** What a step may know besides rows: the only clock, the only chance, the town's settings. */
export interface StepContext {
  nowMs: number;
  random: () => number;
  settings: Settings;
  /** Whether one more call of this kind may go to this host at once. Left out: it may. */
  mayAsk?: (lane: Lane) => boolean;
  /** Told when a sign of life is more than a renewal: it proves a claim, or one that was given up, or ends what lasts too long. */
  moreToPlan?: () => void;
  /** Told until when each attempt that was heard of may be silent. */
  renewed?: (leaseUntilMs: number) => void;
  /** Told of each attempt that ends, for the metrics. */
  ended?: (kind: Attempt["kind"], outcome: string) => void;
  /** Told of each attempt that is given up. */
  released?: (fence: number) => void;
  /** Told when an agent or a provider begins to be in trouble, or is again. */
  troubled?: () => void;
  /** Takes a line for the operator's log. */
  news?: (line: string) => void;
}

/** It is starting, running or stopping. SQLite uses a partial index only when the query says what the index promises. */
export const isLive = sql`${attempts.endedAtMs} IS NULL`;

/** Of a bead: no attempt of it lives. What lands is in review, and what runs may be open again, until it is over. */
export const isNotUnderWay = sql`NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.ended_at_ms IS NULL)`;
