/** What a town keeps of itself, as the HTTP interface shows it. */
import type { Quarantined } from "../db/quarantine.ts";
import type { Incident, Tick, Unreadable } from "../db/schema.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { MESSAGE_CHARS } from "../protocol/bounded.ts";
import { evidenceOf } from "../reconciler/watch/incidents.ts";
import { shownValues } from "../unreadable/index.ts";

export const quarantinedView = ({ receivedAtMs, quarantinedAtMs, isCut, ...event }: Quarantined) => ({
  ...event,
  truncated: isCut,
  receivedAt: iso(receivedAtMs),
  quarantinedAt: iso(quarantinedAtMs),
});

export const unreadableView = (row: Unreadable) => ({
  ...{ id: row.id, table: row.tableName, row: row.rowKey, why: row.why, values: shownValues(row) },
  at: iso(row.atMs),
});

export const incidentView = ({ openedAtMs, closedAtMs, cause, evidence, ...incident }: Incident) => ({
  ...incident,
  cause: clip(cause, MESSAGE_CHARS),
  evidence: evidenceOf(evidence),
  openedAt: iso(openedAtMs),
  closedAt: iso(closedAtMs),
});

export const tickView = ({ tick, startedAtMs, completedAtMs, record }: Tick) => ({
  tick,
  startedAt: iso(startedAtMs),
  completedAt: iso(completedAtMs),
  durationMs: completedAtMs === null ? null : completedAtMs - startedAtMs,
  ...record,
});
