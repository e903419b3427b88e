import { z } from "zod";
import type { TownRow } from "../db/schema.ts";
import { prunesAtMs, pruningOf } from "../lib/retention.ts";
import { settingsFields } from "../lib/settings.ts";
import { iso } from "../lib/time.ts";
import { breakerSchema, breakerView, pauseSchema, pauseView, time } from "./common.ts";

const desired = z.object({
  name: z.string(),
  paused: pauseSchema,
  draining: z.boolean(),
  settings: settingsFields.meta({ id: "Settings" }),
  breaker: breakerSchema,
});
/** How an operator wants the town to be. */
export const desiredSchema = desired.meta({ id: "DesiredTown" });

export const desiredView = (row: TownRow): z.output<typeof desiredSchema> => ({
  name: row.name,
  paused: pauseView(row.paused),
  draining: row.draining,
  settings: row.settings,
  breaker: breakerView(row.breaker),
});

const count = z.int();

export const townSchema = desired
  .extend({
    createdAt: time,
    beads: z.object({
      total: count,
      open: count,
      in_progress: count,
      in_review: count,
      closed: count,
      failed: count,
      cancelled: count,
      records: count.optional().describe("kept, and no work"),
    }),
    agents: z.object({ total: count, idle: count, starting: count, working: count, stopping: count }),
    pruned: z
      .object({ beads: count, attempts: count, through: time, nextAt: time })
      .describe("what is gone of the town's history: up to when, and when more of it may go"),
  })
  .meta({ id: "Town" });

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

export const townView = (
  row: TownRow,
  beads: Record<string, number>,
  agents: Record<string, number>,
): z.output<typeof townSchema> => ({
  ...desiredView(row),
  createdAt: iso(row.createdAtMs),
  beads: {
    total: total(beads) - (beads.records ?? 0),
    open: 0,
    in_progress: 0,
    in_review: 0,
    closed: 0,
    failed: 0,
    cancelled: 0,
    ...beads,
  },
  agents: { total: total(agents), idle: 0, starting: 0, working: 0, stopping: 0, ...agents },
  pruned: prunedView(row),
});

const prunedView = (row: TownRow) => {
  const { beads, attempts, throughMs } = pruningOf(row).gone;
  return { beads, attempts, through: iso(throughMs), nextAt: iso(prunesAtMs(row, row.settings.retention)) };
};
