/**
 * Beads as the beads issue tracker writes them (`bd export`): one JSON object a line. What a line says and a bead has no
 * place for is kept beside it, and so is what it says in other words than we would: so the line comes out again as it came.
 */

import { z } from "zod";
import { iso } from "../lib/time.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Line = Record<string, Json>;

/** What a line and a bead both say. */
export interface Fields {
  title: string;
  body: string;
  acceptance: string;
  type: "task" | "bug" | "chore" | "review" | "epic" | "record";
  priority: number;
  status: "open" | "in_progress" | "in_review" | "closed" | "failed" | "cancelled";
  hold: { by: string; why: string; sinceMs: number } | null;
  labels: string[];
  touches: string[];
  /** Without what is kept here. */
  metadata: Record<string, unknown>;
  head: string | null;
  createdAtMs: number;
  updatedAtMs: number;
  closedAtMs: number | null;
}

/** What is kept of a line, in the bead's metadata under `bd`. */
export interface Kept {
  id: string;
  /** When it came: it is kept for as long as if it had been over since then. */
  atMs?: number;
  /** When the line was last changed, as it says itself: an older one is old news. */
  saidAtMs?: number;
  /** A print of each field of the bead as it came: what differs was changed here. */
  prints?: Record<string, string>;
  /** Fields that no bead has. */
  rest: Line;
  /** Fields that the line said otherwise than we would have (`ours`) when it came; without `theirs`: not at all. */
  said: Record<string, { theirs?: Json; ours?: Json }>;
  /** Its dependencies as they stood, and the bead that each means here. Null: the line had none. */
  dependencies: { theirs: Json; on?: string; type?: string }[] | null;
}

export const KEY = "bd";
/** Null where another program keeps something else there. Values are looked at no closer than they are used. */
export function keptOf(metadata: Record<string, unknown>): Kept | null {
  const kept = metadata[KEY];
  if (!isObject(kept) || typeof kept.id !== "string" || !isObject(kept.rest) || !isObject(kept.said)) return null;
  const { dependencies } = kept;
  const listed = dependencies === null || (Array.isArray(dependencies) && dependencies.every(isObject));
  return listed && Object.values(kept.said).every(isObject) ? (kept as unknown as Kept) : null;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What of a bead no line has a place for; other programs pass over it. */
export const OURS = "townkeeper";
export const ours = z
  .strictObject({
    type: z.literal("review"),
    // `in_progress`: a town was at it, so another may begin it; what `bd` calls so is in a person's hands.
    status: z.enum(["failed", "cancelled", "in_progress"]),
    hold: z.strictObject({ by: z.string().max(100), why: z.string().max(1_000), sinceMs: z.int() }),
    touches: z.array(z.string().max(200)).max(50),
    metadata: z.record(z.string(), z.json()),
  })
  .partial();
export type Own = z.infer<typeof ours>;

/** In the order in which bd writes them. */
const SHARED = [
  "title",
  "description",
  "acceptance_criteria",
  "status",
  "priority",
  "issue_type",
  "created_at",
  "updated_at",
  "closed_at",
  "close_reason",
  "labels",
  OURS,
] as const;

export const isShared = (key: string): boolean =>
  key === "id" || key === "dependencies" || SHARED.includes(key as never);

/** What stands in the line for a status of ours that bd has no word for. */
function ownStatus(status: Fields["status"]): "failed" | "cancelled" | "in_progress" | null {
  if (status === "failed" || status === "cancelled") return status;
  return status === "in_progress" || status === "in_review" ? "in_progress" : null;
}

const typeWord = (type: Fields["type"]): string => (type === "review" || type === "record" ? "task" : type);

/** As a line says it; undefined: not at all. */
function worded(fields: Fields): Record<(typeof SHARED)[number], Json | undefined> {
  const { status, type, hold, touches, metadata, head } = fields;
  const isOver = status === "closed" || status === "cancelled";
  const inHand = ownStatus(status);
  const own = {
    ...(type === "review" && { type }),
    ...(inHand !== null && { status: inHand }),
    ...(hold && { hold: { by: hold.by, why: hold.why, sinceMs: hold.sinceMs } }),
    ...(touches.length > 0 && { touches }),
    ...(Object.keys(metadata).length > 0 && { metadata: metadata as Line }),
  };
  return {
    title: fields.title,
    description: fields.body || undefined,
    acceptance_criteria: fields.acceptance || undefined,
    status: isOver ? "closed" : status === "failed" || hold ? "blocked" : status === "open" ? "open" : "in_progress",
    priority: fields.priority,
    issue_type: typeWord(type),
    created_at: iso(fields.createdAtMs) ?? undefined,
    updated_at: iso(fields.updatedAtMs) ?? undefined,
    closed_at: isOver ? (iso(fields.closedAtMs ?? fields.updatedAtMs) ?? undefined) : undefined,
    close_reason: status === "cancelled" ? "cancelled" : isOver ? (head ? `landed as ${head}` : "closed") : undefined,
    labels: fields.labels.length > 0 ? fields.labels : undefined,
    [OURS]: Object.keys(own).length > 0 ? own : undefined,
  };
}

/** @param dependencies as they are to stand there */
export function lineOf(id: string, fields: Fields, kept: Kept | null, dependencies: readonly Json[]): string {
  const now = worded(fields);
  const line: [string, Json][] = [["id", id]];
  for (const key of SHARED) {
    const said = kept && Object.hasOwn(kept.said, key) ? kept.said[key] : undefined;
    const value = said && same(said.ours, now[key]) ? said.theirs : now[key];
    if (value !== undefined) line.push([key, value as Json]);
  }
  // What is no list of dependencies stands among the rest, until there is one.
  if (kept) line.push(...(Object.entries(kept.rest) as [string, Json][]));
  if (dependencies.length > 0 || kept?.dependencies) line.push(["dependencies", [...dependencies]]);
  return JSON.stringify(Object.fromEntries(line));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What of a line stands there otherwise than we would say it. */
export function saidOf(line: Line, fields: Fields): Kept["said"] {
  const now = worded(fields);
  const said: [string, Kept["said"][string]][] = [];
  for (const key of SHARED) {
    const theirs = Object.hasOwn(line, key) ? line[key] : undefined;
    if (same(theirs, now[key])) continue;
    said.push([key, { ...(theirs !== undefined && { theirs }), ...(now[key] !== undefined && { ours: now[key] }) }]);
  }
  return Object.fromEntries(said);
}

/** The fields of a bead that an import may change, each as it can be told from another. */
export const printsOf = (fields: Fields): Record<string, string> => ({
  title: printOf(fields.title),
  body: printOf(fields.body),
  acceptance: printOf(fields.acceptance),
  type: printOf(fields.type),
  priority: printOf(fields.priority),
  labels: printOf(fields.labels),
  touches: printOf(fields.touches),
  metadata: printOf(fields.metadata),
  status: printOf([fields.status, fields.hold?.why ?? null]),
});

/** 53 bits of a value's JSON. It tells changes from none; it keeps no secret. */
export function printOf(value: unknown): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const char of JSON.stringify(value)) {
    const code = char.codePointAt(0) ?? 0;
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
