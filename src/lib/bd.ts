/**
 * Beads as the beads issue tracker writes them (`bd export`): one JSON object a line. What a line says and a bead has no
 * place for is kept beside it, and so is what it says in other words than we would: so the line comes out again as it came.
 */

import { z } from "zod";
import { isTooDeep, MAX_DEPTH } from "./depth.ts";
import { iso } from "./time.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Line = Record<string, Json>;

/** What a line and a bead both say. */
export interface Fields {
  title: string;
  body: string;
  acceptance: string;
  type: "task" | "bug" | "chore" | "review";
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
  /** Fields that no bead has. */
  rest: Line;
  /** Fields that the line said otherwise than we would have (`ours`) when it came; without `theirs`: not at all. */
  said: Record<string, { theirs?: Json; ours?: Json }>;
  /** Its dependencies as they stood, and the bead that each means here. Null: the line had none. */
  dependencies: { theirs: Json; on?: string; type?: string }[] | null;
}

export const KEY = "bd";
/** Null where it is something else that somebody keeps there. Values are looked at no closer than they are used. */
export function keptOf(metadata: Record<string, unknown>): Kept | null {
  const kept = metadata[KEY];
  if (!isObject(kept) || typeof kept.id !== "string" || !isObject(kept.rest) || !isObject(kept.said)) return null;
  const { dependencies } = kept;
  const listed = dependencies === null || (Array.isArray(dependencies) && dependencies.every(isObject));
  return listed && Object.values(kept.said).every(isObject) ? (kept as unknown as Kept) : null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What of a bead no line has a place for; other programs pass over it. */
const OURS = "townkeeper";
const ours = z
  .strictObject({
    type: z.literal("review"),
    status: z.enum(["failed", "cancelled"]),
    hold: z.strictObject({ by: z.string().max(100), why: z.string().max(1_000), sinceMs: z.int() }),
    touches: z.array(z.string().max(200)).max(50),
    metadata: z.record(z.string(), z.json()),
  })
  .partial();

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

const isShared = (key: string): boolean => key === "id" || key === "dependencies" || SHARED.includes(key as never);

/** As a line says it; undefined: not at all. */
function worded(fields: Fields): Record<(typeof SHARED)[number], Json | undefined> {
  const { status, type, hold, touches, metadata, head } = fields;
  const isOver = status === "closed" || status === "cancelled";
  const own = {
    ...(type === "review" && { type }),
    ...((status === "failed" || status === "cancelled") && { status }),
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
    issue_type: type === "review" ? "task" : type,
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

/** A line that can't be taken, and why. */
export class BadLine extends Error {}

export interface Foreign {
  id: string;
  fields: Fields;
  rest: Line;
  said: Kept["said"];
  dependencies: { theirs: Json; on: string | null; type: string }[] | null;
}

const MAX_LINE = 256_000;
const DAY_1 = Date.parse("0000-01-01T00:00:00Z");

/** @throws BadLine */
export function readLine(text: string, nowMs: number): Foreign {
  if (text.length > MAX_LINE) throw new BadLine(`it has ${text.length} characters; ${MAX_LINE} are the most`);
  const line = parsed(text);
  const { id } = line;
  if (typeof id !== "string" || !/^[^\s\p{C}]{1,200}$/u.test(id))
    throw new BadLine("id: a word of at most 200 characters");
  const fields = read(line, nowMs);
  const now = worded(fields);
  const said: [string, Kept["said"][string]][] = [];
  for (const key of SHARED) {
    const theirs = Object.hasOwn(line, key) ? line[key] : undefined;
    if (same(theirs, now[key])) continue;
    said.push([key, { ...(theirs !== undefined && { theirs }), ...(now[key] !== undefined && { ours: now[key] }) }]);
  }
  const { dependencies } = line;
  const listed = Array.isArray(dependencies);
  const rest = Object.entries(line).filter(([key]) => !isShared(key) || (key === "dependencies" && !listed));
  return {
    id,
    fields,
    rest: Object.fromEntries(rest),
    said: Object.fromEntries(said),
    dependencies: listed ? dependencies.map(dependency) : null,
  };
}

function parsed(text: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new BadLine("it is not JSON");
  }
  if (!isObject(line)) throw new BadLine("it is not a JSON object");
  if (isTooDeep(line)) throw new BadLine(`it is nested more than ${MAX_DEPTH} levels deep`);
  return line as Line;
}

function dependency(theirs: Json): { theirs: Json; on: string | null; type: string } {
  const { depends_on_id: on, type } = (theirs ?? {}) as Line;
  return { theirs, on: typeof on === "string" ? on : null, type: typeof type === "string" ? type : "" };
}

function read(line: Line, nowMs: number): Fields {
  const own = ours.safeParse(line[OURS] ?? {}).data ?? {};
  const title = textOf(line, "title", 200).trim();
  if (!title) throw new BadLine("title: some words");
  const { priority = 2 } = line;
  if (typeof priority !== "number" || !Number.isInteger(priority) || priority < 0 || priority > 4)
    throw new BadLine("priority: 0 to 4");
  const kind = textOf(line, "issue_type", 100);
  const createdAtMs = timeOf(line, "created_at") ?? nowMs;
  const updatedAtMs = timeOf(line, "updated_at") ?? createdAtMs;
  const { status, why } = statusOf(textOf(line, "status", 100), kind, own.status);
  const isOpen = status === "open";
  const isOver = status === "closed" || status === "cancelled";
  const { [KEY]: _kept, ...metadata } = own.metadata ?? {};
  return {
    title,
    body: textOf(line, "description", 64_000),
    acceptance: textOf(line, "acceptance_criteria", 16_000),
    type: own.type ?? (kind === "bug" || kind === "chore" ? kind : "task"),
    priority,
    status,
    hold: !isOpen ? null : (own.hold ?? (why === null ? null : { by: "import", why, sinceMs: nowMs })),
    labels: labelsOf(line),
    touches: own.touches ?? [],
    metadata,
    head: null,
    createdAtMs,
    updatedAtMs,
    closedAtMs: isOver ? (timeOf(line, "closed_at") ?? updatedAtMs) : status === "failed" ? updatedAtMs : null,
  };
}

/** What nobody is to begin now comes in held, and says why. */
function statusOf(
  status: string,
  kind: string,
  own: "failed" | "cancelled" | undefined,
): { status: Fields["status"]; why: string | null } {
  if (status === "closed") return { status: own === "cancelled" ? own : status, why: null };
  if (status === "tombstone") return { status: "cancelled", why: null };
  if (status === "blocked" && own === "failed") return { status: own, why: null };
  if (!["", "open", "in_progress", "blocked", "hooked"].includes(status))
    return { status: "open", why: `it came in as ${status}` };
  return { status: "open", why: kind === "epic" ? "it came in as an epic: the work is in its children" : null };
}

/** Text that a database keeps as it is. */
function textOf(line: Line, key: string, max: number): string {
  const value = line[key] ?? "";
  if (typeof value !== "string") throw new BadLine(`${key}: a text`);
  return clean(value.slice(0, max));
}

const clean = (text: string): string => text.replace(/\p{Cs}|\0/gu, "\ufffd");

function labelsOf(line: Line): string[] {
  const labels = line.labels ?? [];
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string"))
    throw new BadLine("labels: a list of texts");
  return labels
    .map((label) => clean(label.trim().slice(0, 60)))
    .filter((label) => label !== "")
    .slice(0, 50);
}

function timeOf(line: Line, key: string): number | null {
  const value = line[key] ?? null;
  if (value === null) return null;
  const atMs = typeof value === "string" && /^\d{4}-\d\d-\d\d[Tt ]/.test(value) ? Date.parse(value) : Number.NaN;
  if (!(atMs >= DAY_1)) throw new BadLine(`${key}: a time such as 2026-01-31T12:00:00Z`);
  return atMs;
}
