import { z } from "zod";
import type { ConvoyDetail, ConvoySummary } from "../beads/convoy-reads.ts";
import { beads, type Convoy, convoys } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { time } from "./common.ts";

const count = z.int();

const summary = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(convoys.state.enumValues),
  onFailure: z.enum(convoys.onFailure.enumValues),
  branch: z.string().nullable(),
  createdAt: time,
  closedAt: time,
  progress: z.object({
    total: count,
    open: count,
    in_progress: count,
    in_review: count,
    closed: count,
    failed: count,
    cancelled: count,
    percent: z.int(),
  }),
});
export const convoySummarySchema = summary.meta({ id: "ConvoySummary" });

export const convoySchema = summary
  .extend({
    members: z.array(
      z.object({
        id: z.string(),
        rig: z.string(),
        title: z.string(),
        status: z.enum(beads.status.enumValues),
        agent: z.string().nullable(),
        wave: z.int().describe("of those that can run side by side, which"),
      }),
    ),
    stages: z.array(z.array(z.string())).describe("its members by wave"),
    criticalPath: z.array(z.string()),
    waiting: z
      .array(z.object({ id: z.string(), for: z.array(z.string()), held: z.boolean() }))
      .describe("members that can't begin, and what they wait for"),
  })
  .meta({ id: "Convoy" });

const convoyView = ({ id, title, state, onFailure, branch, createdAtMs, closedAtMs }: Convoy) => ({
  id,
  title,
  state,
  onFailure,
  branch,
  createdAt: iso(createdAtMs),
  closedAt: iso(closedAtMs),
});

const none = { open: 0, in_progress: 0, in_review: 0, closed: 0, failed: 0, cancelled: 0 };

export const convoySummaryView = ({ convoy, counts }: ConvoySummary): z.output<typeof convoySummarySchema> => {
  const byStatus = { ...none, ...counts };
  const total = Object.values(byStatus).reduce((sum, n) => sum + n, 0);
  const over = byStatus.closed + byStatus.cancelled + (convoy.onFailure === "continue" ? byStatus.failed : 0);
  return {
    ...convoyView(convoy),
    progress: { total, ...byStatus, percent: total === 0 ? 100 : Math.floor((100 * over) / total) },
  };
};

export const convoyDetailView = ({
  members,
  criticalPath,
  waiting,
  ...summary
}: ConvoyDetail): z.output<typeof convoySchema> => {
  const stages: string[][] = [];
  for (const { bead, wave } of members) {
    while (stages.length < wave) stages.push([]);
    stages[wave - 1]?.push(bead.id);
  }
  return {
    ...convoySummaryView(summary),
    members: members.map(({ bead, wave }) => ({
      id: bead.id,
      rig: bead.rigId,
      title: bead.title,
      status: bead.status,
      agent: bead.agentId,
      wave,
    })),
    stages,
    criticalPath,
    waiting,
  };
};
