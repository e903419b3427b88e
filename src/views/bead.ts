import { z } from "zod";
import { isContainer } from "../beads/waits.ts";
import { type Bead, beads } from "../db/schema.ts";
import { actorSchema } from "../lib/origin.ts";
import { iso } from "../lib/time.ts";
import { failureSchema, failureView, time } from "./common.ts";

/** A bead, as lists and commands show it. */
export const beadSchema = z
  .object({
    id: z.string(),
    rig: z.string(),
    title: z.string(),
    body: z.string(),
    type: z.enum(beads.type.enumValues),
    priority: z.int().describe("0 (now) to 4 (some day)"),
    status: z.enum(beads.status.enumValues),
    agent: z.string().nullable(),
    fence: z.int().nullable().describe("of its newest attempt"),
    acceptance: z.string().describe("when it is done"),
    labels: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    touches: z.array(z.string()).describe("paths that it is likely to change"),
    parent: z.string().nullable(),
    convoy: z.string().nullable(),
    landsOn: z.string().nullable().describe("the branch that it lands on; null: the rig's default branch"),
    hold: z.object({ by: z.string(), why: z.string(), since: time }).nullable(),
    blockedBy: z
      .int()
      .describe("beads that must close first, and one more while its convoy is held, or its parent waits"),
    failures: z.int(),
    reworks: z.int(),
    notBeforeAt: time,
    lastFailure: failureSchema.nullable(),
    strikes: z.array(z.object({ agent: z.string(), kind: failureSchema.shape.kind, message: z.string(), at: time })),
    branch: z.string().nullable(),
    head: z.string().nullable(),
    closedAs: z
      .enum(beads.closedAs.enumValues)
      .nullable()
      .describe("`no_change`: its agent said that there was nothing to do"),
    startFrom: z.enum(beads.startFrom.enumValues).nullable(),
    createdAt: time,
    createdBy: actorSchema.nullable().describe("null: the town itself, or that was not kept"),
    updatedAt: time,
    closedAt: time.describe("when it came to its end; a parked one has not"),
    parkedAt: time,
  })
  .meta({ id: "Bead" });

export const beadView = (bead: Bead): z.output<typeof beadSchema> => ({
  id: bead.id,
  rig: bead.rigId,
  title: bead.title,
  body: bead.body,
  type: bead.type,
  priority: bead.priority,
  status: bead.status,
  agent: bead.agentId,
  fence: bead.fence,
  acceptance: bead.acceptance,
  labels: bead.labels,
  metadata: bead.metadata,
  touches: bead.touches,
  parent: bead.parentId,
  convoy: bead.convoyId,
  landsOn: bead.landsOn,
  hold: bead.hold && { by: bead.hold.by, why: bead.hold.why, since: iso(bead.hold.sinceMs) },
  blockedBy: bead.blockedBy - (bead.hold ? 1 : 0) - (isContainer(bead) ? 1 : 0),
  failures: bead.failures,
  reworks: bead.reworks,
  notBeforeAt: bead.notBeforeMs === 0 ? null : iso(bead.notBeforeMs),
  lastFailure: failureView(bead.lastFailure),
  strikes: (bead.strikes ?? []).map(({ agent, kind, message, atMs }) => ({ agent, kind, message, at: iso(atMs) })),
  branch: bead.branch,
  head: bead.head,
  closedAs: bead.closedAs,
  startFrom: bead.startFrom,
  createdAt: iso(bead.createdAtMs),
  createdBy: bead.createdBy,
  updatedAt: iso(bead.updatedAtMs),
  closedAt: bead.status === "failed" ? null : iso(bead.closedAtMs),
  parkedAt: bead.status === "failed" ? iso(bead.closedAtMs) : null,
});
