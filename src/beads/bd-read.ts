/** Reads what `bd export` writes, as it is meant there: what is work, what waits, and what is only kept. */

import { isTooDeep, MAX_DEPTH } from "../lib/depth.ts";
import {
  type Fields,
  isObject,
  isShared,
  type Json,
  KEY,
  type Kept,
  type Line,
  OURS,
  type Own,
  ours,
  printOf,
  saidOf,
} from "./bd.ts";

/** A line that can't be taken, and why. */
export class BadLine extends Error {}

/** How a dependency of a line binds a bead here. */
export type BondType = "blocks" | "related" | "discovered-from" | "parent-child" | "waits-for" | "waits-for-any";

export interface Foreign {
  id: string;
  fields: Fields;
  rest: Line;
  said: Kept["said"];
  /** It waits for this time, and its own parts do. 0: it does not. */
  deferredUntilMs: number;
  /** It says when it was changed: what does not was changed now. */
  isDated: boolean;
  /** No bead waits for it, though it is not over. */
  isPinned: boolean;
  dependencies: { theirs: Json; on: string | null; type: BondType | null }[] | null;
}

const MAX_LINE = 256_000;
const DAY_1 = Date.parse("0000-01-01T00:00:00Z");

/** A line about something else than an issue, by what tells it from others of its kind. */
export interface Other {
  type: string;
  key: string;
  text: string;
}

/** @throws BadLine */
export function readLine(text: string, nowMs: number): Foreign | Other {
  if (text.length > MAX_LINE) throw new BadLine(`it has ${text.length} characters; ${MAX_LINE} are the most`);
  const line = parsed(text);
  const { _type: what } = line;
  if (typeof what === "string" && what !== "issue" && what !== "") return other(line, what, text);
  return readIssue(line, nowMs);
}

export const isOther = (line: Foreign | Other): line is Other => "text" in line;

function other(line: Line, type: string, text: string): Other {
  const key = [line.key, line.id].find((one) => typeof one === "string" && one !== "") ?? printOf(line);
  return { type: clean(type.slice(0, 100)), key: clean(String(key).slice(0, 500)), text: text.trim() };
}

function readIssue(line: Line, nowMs: number): Foreign {
  const { id } = line;
  if (typeof id !== "string" || !/^[^\s\p{C}]{1,200}$/u.test(id))
    throw new BadLine("id: a word of at most 200 characters");
  const fields = read(line, nowMs);
  const { dependencies } = line;
  const listed = Array.isArray(dependencies);
  const rest = Object.entries(line).filter(([key]) => !isShared(key) || (key === "dependencies" && !listed));
  return {
    id,
    fields,
    rest: Object.fromEntries(rest),
    said: saidOf(line, fields),
    deferredUntilMs: instant(line.defer_until) ?? 0,
    isDated: typeof line.updated_at === "string",
    isPinned: line.status === "pinned",
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

/** Whom a dependency names, and how it binds. */
export function dependency(theirs: Json): { theirs: Json; on: string | null; type: BondType | null } {
  const { depends_on_id: on, type, metadata } = (theirs ?? {}) as Line;
  return { theirs, on: typeof on === "string" ? on : null, type: bondType(type, metadata) };
}

const AS_THEY_ARE = ["blocks", "related", "discovered-from", "parent-child"] as const;

/** Null: it binds no bead here. In bd any close of the other ends a conditional one as well. */
function bondType(type: Json | undefined, metadata: Json | undefined): BondType | null {
  if (type === "conditional-blocks") return "blocks";
  if (type !== "waits-for") return AS_THEY_ARE.find((one) => one === type) ?? null;
  return waitsGateOf(metadata) === "any-children" ? "waits-for-any" : "waits-for";
}

/** It stands in an object, or in the text of one. */
function waitsGateOf(metadata: Json | undefined): Json | undefined {
  if (typeof metadata !== "string") return isObject(metadata) ? (metadata.gate as Json) : undefined;
  try {
    const inner = JSON.parse(metadata) as unknown;
    return isObject(inner) ? (inner.gate as Json) : undefined;
  } catch {
    return undefined;
  }
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
  const type = typeOf(line, kind, own);
  const { status, why } = statusOf(line, own.status);
  const isOpen = status === "open";
  // What is never begun needs no hold.
  const isHeld = why !== null && type !== "record" && type !== "epic";
  const isOver = status === "closed" || status === "cancelled";
  const { [KEY]: _kept, ...metadata } = own.metadata ?? {};
  return {
    title,
    body: textOf(line, "description", 64_000),
    acceptance: textOf(line, "acceptance_criteria", 16_000),
    type,
    priority,
    status,
    hold: !isOpen ? null : (own.hold ?? (isHeld ? { by: "import", why, sinceMs: nowMs } : null)),
    labels: labelsOf(line),
    touches: own.touches ?? [],
    metadata,
    head: null,
    createdAtMs,
    updatedAtMs,
    closedAtMs: isOver ? (timeOf(line, "closed_at") ?? updatedAtMs) : status === "failed" ? updatedAtMs : null,
  };
}

/** What bd keeps beside its work: who there is, what was said and what happened. */
const RECORDS = ["agent", "role", "rig", "message", "gate", "event", "merge-request", "molecule", "slot", "convoy"];

function typeOf(line: Line, kind: string, own: Own): Fields["type"] {
  const isRecord =
    RECORDS.includes(kind) ||
    line.ephemeral === true ||
    line.is_template === true ||
    (typeof line.wisp_type === "string" && line.wisp_type !== "");
  if (isRecord) return "record";
  return own.type ?? (kind === "bug" || kind === "chore" || kind === "epic" ? kind : "task");
}

/** What is not to be begun now comes in held, with the reason. */
function statusOf(line: Line, own: Own["status"]): { status: Fields["status"]; why: string | null } {
  const status = textOf(line, "status", 100);
  if (status === "closed") return { status: own === "cancelled" ? own : status, why: null };
  // It was deleted there: no bead waits for it.
  if (status === "tombstone") return { status: "closed", why: null };
  if (status === "blocked" && own === "failed") return { status: own, why: null };
  if (status === "in_progress" && own === "in_progress") return { status: "open", why: null };
  if (line.pinned === true) return { status: "open", why: "it came in pinned" };
  if (status === "open" || status === "") return { status: "open", why: null };
  const { assignee, defer_until: until } = line;
  const whose = typeof assignee === "string" && assignee !== "" ? `, ${clean(assignee.slice(0, 100))}'s` : "";
  const when = status === "deferred" && typeof until === "string" ? ` until ${clean(until.slice(0, 40))}` : "";
  return { status: "open", why: `it came in as ${status}${when}${whose}` };
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
  const atMs = instant(value);
  if (value !== null && atMs === null) throw new BadLine(`${key}: a time such as 2026-01-31T12:00:00Z`);
  return atMs;
}

/** Null for what is no time. */
function instant(value: Json | undefined): number | null {
  const atMs = typeof value === "string" && /^\d{4}-\d\d-\d\d[Tt ]/.test(value) ? Date.parse(value) : Number.NaN;
  return atMs >= DAY_1 ? atMs : null;
}
