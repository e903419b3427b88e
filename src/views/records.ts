/** What a town keeps of itself: its incidents, its ticks, and what is set aside for a person. */
import { z } from "zod";
import type { Quarantined } from "../db/quarantine.ts";
import { type AskedCommand, incidents, type Tick, type Unreadable } from "../db/schema.ts";
import { originSchema } from "../lib/origin.ts";
import { iso } from "../lib/time.ts";
import { shownValues } from "../unreadable/index.ts";
import { time } from "./common.ts";

export const incidentSchema = z
  .object({
    id: z.int(),
    kind: z.enum(incidents.kind.enumValues),
    cause: z.string(),
    hint: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    healedBy: z.string().nullable().describe("who or what ended it, as far as is known"),
    openedAt: time,
    closedAt: time,
  })
  .meta({ id: "Incident", description: "When the loop, or what it keeps, was not well." });

/** Null: it did not come by a request. */
const askedSchema = z.object({ command: z.string(), ...originSchema.partial().shape });

const askedView = ({ command, origin }: AskedCommand): z.output<typeof askedSchema> => ({ command, ...origin });

export const auditedSchema = z
  .object({
    at: time,
    tick: z.int().describe("the tick that applied it; 0: the town\u2019s creation"),
    ...askedSchema.shape,
  })
  .meta({ id: "Audited", description: "A command that was applied: who asked for it, when, and how it came." });

export const auditedView = (tick: number, atMs: number, asked: AskedCommand): z.output<typeof auditedSchema> => ({
  ...{ at: iso(atMs), tick },
  ...askedView(asked),
});

export const tickSchema = z
  .object({
    tick: z.int(),
    startedAt: time,
    completedAt: time.describe("when its effects had settled too"),
    durationMs: z.number().nullable(),
    latenessMs: z.number().nullable().describe("how late it began after it was due; null: it was not waited for"),
    facts: z.record(z.string(), z.int()),
    commands: z.array(askedSchema).describe("what was asked for, and by whom"),
    actions: z.array(
      z.object({
        action: z.string(),
        target: z.string(),
        outcome: z.enum(["applied", "stale", "failed", "held"]),
        why: z.string().optional(),
      }),
    ),
    launched: z.array(z.object({ action: z.string(), fence: z.int() })),
    settled: z.array(z.object({ action: z.string(), fence: z.int(), outcome: z.string() })),
    error: z.string().nullable(),
    rowsRead: z.int(),
    rowsWritten: z.int(),
  })
  .meta({ id: "Tick" });

export const tickView = ({
  tick,
  startedAtMs,
  completedAtMs,
  record: { changed: _, ...record },
}: Tick): z.output<typeof tickSchema> => ({
  tick,
  startedAt: iso(startedAtMs),
  completedAt: iso(completedAtMs),
  durationMs: completedAtMs === null ? null : completedAtMs - startedAtMs,
  ...record,
  commands: (record.commands ?? []).map(askedView),
});

export const quarantinedSchema = z
  .object({
    id: z.int(),
    type: z.string(),
    tries: z.int(),
    error: z.string().nullable(),
    payload: z.string().describe("the beginning of what it says, as it is stored: it may be no JSON"),
    truncated: z.boolean(),
    receivedAt: time,
    quarantinedAt: time,
  })
  .meta({ id: "Quarantined", description: "An event that could never be applied." });

export const quarantinedView = ({
  receivedAtMs,
  quarantinedAtMs,
  isCut,
  ...event
}: Quarantined): z.output<typeof quarantinedSchema> => ({
  ...event,
  truncated: isCut,
  receivedAt: iso(receivedAtMs),
  quarantinedAt: iso(quarantinedAtMs),
});

export const unreadableSchema = z
  .object({
    id: z.int(),
    table: z.string(),
    row: z.string(),
    why: z.string(),
    values: z.record(z.string(), z.string()).describe("what stood there, by column, as SQLite writes it"),
    at: time,
  })
  .meta({ id: "Unreadable", description: "What stood in a row and can't be read; something else stands in for it." });

export const unreadableView = (row: Unreadable): z.output<typeof unreadableSchema> => ({
  ...{ id: row.id, table: row.tableName, row: row.rowKey, why: row.why, values: shownValues(row) },
  at: iso(row.atMs),
});
