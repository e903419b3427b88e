/** Transitions, not noise: an incident is one row and one line when it begins, one line when it ends. */
import { eq, isNull } from "drizzle-orm";
import { keepIncident } from "../../attempts/incidents.ts";
import type { Tx } from "../../db/client.ts";
import { type Incident, incidents, type TownRow } from "../../db/schema.ts";
import { prepared } from "../../db/statements.ts";
import { changeTown, readTown, savepoint } from "../../db/town-row.ts";
import { inShellWords } from "../../lib/terminal.ts";
import { clip, ended } from "../../lib/text.ts";
import { iso } from "../../lib/time.ts";
import { MESSAGE_CHARS } from "../../protocol/bounded.ts";
import { incidentClosed, incidentOpened } from "../../webhooks/announce.ts";
import { onRecord, withFallback } from "../bookkeeping.ts";
import type { WakeInputs } from "../types.ts";
import type { Condition } from "./condition.ts";
import { conditionsOf, failing } from "./conditions.ts";
import { inFlightSince, isLate, isStale, lateSince, pauseNow, staleThresholdMs } from "./staleness.ts";

/** Of an incident's evidence, as JSON. */
const EVIDENCE_CHARS = 8_000;

const WORDS: Record<Incident["kind"], { begins: string; ends: string }> = {
  stale: { begins: "STALE", ends: "RECOVERED" },
  late: { begins: "LATE", ends: "RECOVERED" },
  failing: { begins: "FAILING", ends: "SUCCEEDING" },
  spinning: { begins: "SPINNING", ends: "SETTLED" },
  stuck: { begins: "STUCK", ends: "SERVED" },
  starved: { begins: "STARVED", ends: "FED" },
  past_gate: { begins: "PAST THE GATE", ends: "SETTLED" },
};

const openIncidents = prepared((tx) =>
  tx.select().from(incidents).where(isNull(incidents.closedAtMs)).orderBy(incidents.openedAtMs).prepare(),
);

/** Mostly there are none, which the town's row knows. */
export const listOpen = (tx: Tx): Incident[] => (readTown(tx).openIncidents > 0 ? openIncidents(tx).all() : []);

const countOpen = (tx: Tx, more: 1 | -1) => changeTown(tx, { openIncidents: readTown(tx).openIncidents + more });

/**
 * Compares what is wrong now with what is on record. What it writes is written whole, or not at all.
 * @param healedBy to whom the end of an incident of this kind is owed
 * @returns the lines to log once this is committed
 */
export function trackIncidents(
  tx: Tx,
  town: TownRow,
  nowMs: number,
  healedBy: (kind: Incident["kind"]) => string,
  wake: WakeInputs | null,
): string[] {
  const open = listOpen(tx);
  const conditions = conditionsOf(tx, town, nowMs, wake?.unsettledRigs);
  if (open.length + conditions.length === 0) return [];
  return savepoint(tx, (inner) => compare(inner, open, conditions, { town, nowMs, healedBy }));
}

function compare(
  tx: Tx,
  known: readonly Incident[],
  conditions: readonly Condition[],
  { town, nowMs, healedBy }: { town: TownRow; nowMs: number; healedBy: (kind: Incident["kind"]) => string },
): string[] {
  const open = new Map(known.map((incident) => [incident.kind, incident]));
  const lines: string[] = [];
  for (const condition of conditions) {
    const incident = open.get(condition.kind);
    if (!incident) lines.push(begin(tx, condition, nowMs));
    // What it was about is over, and something else is so, or more of it: one incident of a kind tells of what is so now.
    else if (!("clipped" in incident.evidence) && isOther(condition, incident))
      tx.update(incidents).set(textOf(condition)).where(eq(incidents.id, incident.id)).run();
  }
  const present = new Set(conditions.map(({ kind }) => kind));
  for (const incident of open.values()) {
    // A pause hides what it brings about, so it ends nothing either; what is overdue ends with a tick that completes.
    if (isOverdue(incident) || present.has(incident.kind) || isHidden(incident.kind, town)) continue;
    lines.push(end(tx, incident, nowMs, healedBy(incident.kind)));
  }
  return lines;
}

/** What is wrong now, by its kinds. Only who is thanked depends on it, so what can't be read stops nothing. */
export function kindsNow(tx: Tx, town: TownRow, nowMs: number): ReadonlySet<Incident["kind"]> {
  try {
    return new Set(conditionsOf(tx, town, nowMs).map(({ kind }) => kind));
  } catch {
    return new Set();
  }
}

/** What it is about: a bead or an action, a rig, a host. */
const subjectOf = ({ evidence: { action, target, rig, host } }: Pick<Condition, "evidence">): string =>
  JSON.stringify([action ?? null, target ?? null, rig ?? null, host ?? null]);

/** A reader must find the same figures here and in what waits for a person. */
const isOther = (condition: Condition, incident: Incident): boolean =>
  subjectOf(condition) !== subjectOf(incident) || clip(condition.cause, MESSAGE_CHARS) !== incident.cause;

const isHidden = (kind: Incident["kind"], { paused, draining }: TownRow): boolean =>
  kind !== "failing" && (paused !== null || (draining && kind !== "spinning"));

/** A tick has failed: all else may be unreadable, so nothing else is looked at. */
export function noticeFailing(tx: Tx, streak: Parameters<typeof failing>[0], nowMs: number): string[] {
  const condition = failing(streak);
  if (!condition || listOpen(tx).some(({ kind }) => kind === "failing")) return [];
  return [begin(tx, condition, nowMs)];
}

/**
 * What a watcher outside sees and the loop can't: it is stale, or late and asleep. Once per incident; what was late and
 * becomes stale is the same one.
 */
export function noticeOverdue(tx: Tx, town: TownRow, nowMs: number, by: string, hangs = false): string[] {
  const kind = overdueKind(town, nowMs);
  if (kind === "late" && hangs) return []; // what hangs is not late but stale, in a while
  const open = listOpen(tx).find(isOverdue);
  if (kind === null || open?.kind === kind || open?.kind === "stale") return [];
  const condition = overdue(kind, town, nowMs, by);
  if (!open) return [begin(tx, condition, nowMs)];
  tx.update(incidents).set(condition).where(eq(incidents.id, open.id)).run();
  return [beginning(condition)];
}

/** A tick begins after it was stale, and the watchtower had not noticed: put on record after the fact. */
export function noticeWasStale(tx: Tx, before: TownRow, nowMs: number): readonly string[] {
  if (overdueKind(before, nowMs) !== "stale") return [];
  return onRecord(tx, "an incident", (inner) => noticeOverdue(inner, before, nowMs, "the tick that came at last"));
}

/** A tick has completed, so the loop is overdue no more. */
export function endOverdue(tx: Tx, nowMs: number, healedBy: string): string[] {
  const incident = listOpen(tx).find(isOverdue);
  return incident ? [end(tx, incident, nowMs, incident.healedBy ?? healedBy)] : [];
}

const isOverdue = ({ kind }: Pick<Incident, "kind">): boolean => kind === "stale" || kind === "late";

function overdueKind(town: TownRow, nowMs: number): "stale" | "late" | null {
  if (pauseNow(town, nowMs)) return null;
  if (isStale(town, nowMs, staleThresholdMs(town.settings))) return "stale";
  return isLate(town, nowMs) ? "late" : null;
}

/** What people have said of how the town should be, as lines for the operator's log. */
export function desiredNews(before: TownRow, after: TownRow): string[] {
  const lines: string[] = [];
  if (!before.paused && after.paused) lines.push(`PAUSED by ${after.paused.by}: ${after.paused.why}`);
  if (before.paused && !after.paused) lines.push("UNPAUSED");
  if (before.draining !== after.draining)
    lines.push(after.draining ? "DRAINING: nothing new starts" : "NO LONGER DRAINING");
  return lines;
}

/** The healer of what is overdue is named for it, once a tick proves that it did. */
export function creditHealing(tx: Tx, by: string): void {
  const incident = listOpen(tx).find(isOverdue);
  if (incident) tx.update(incidents).set({ healedBy: by }).where(eq(incidents.id, incident.id)).run();
}

function overdue(kind: "stale" | "late", town: TownRow, nowMs: number, noticedBy: string): Condition {
  const flightMs = inFlightSince(town);
  const sinceMs = lateSince(town, nowMs) ?? nowMs;
  return {
    kind,
    cause:
      flightMs === null
        ? `a tick was due at ${iso(sinceMs)} and has not begun`
        : `the tick that began at ${iso(sinceMs)} has not completed`,
    hint: "The watchtower pokes or restarts such a town; POST …/reconcile does it by hand.",
    evidence: { inFlight: flightMs !== null, since: iso(sinceMs), tick: town.ticks, noticedBy },
  };
}

const beginning = ({ kind, cause, hint }: Condition): string =>
  `${WORDS[kind].begins}: ${ended(clip(cause, MESSAGE_CHARS))} ${inShellWords(hint)}`;

function begin(tx: Tx, condition: Condition, nowMs: number): string {
  const { kind } = condition;
  const whole = { kind, ...textOf(condition) };
  const short = { kind, cause: "What was wrong could not be written down.", hint: "The log says more.", evidence: {} };
  const keep = (row: typeof whole | typeof short) =>
    savepoint(tx, (inner) => keepIncident(inner, { ...row, openedAtMs: nowMs }));
  const kept = withFallback(keep, whole, short);
  incidentOpened(tx, countOpen(tx, 1), kept, nowMs);
  return beginning(condition);
}

const textOf = ({ cause, hint, evidence }: Condition) => ({
  cause: clip(cause, MESSAGE_CHARS),
  hint: clip(hint, MESSAGE_CHARS),
  evidence: evidenceOf(evidence),
});

/** Evidence of any size as one that is worth a row. */
export function evidenceOf(evidence: Condition["evidence"]): Condition["evidence"] {
  const text = JSON.stringify(evidence);
  return text.length <= EVIDENCE_CHARS ? evidence : { clipped: clip(text, EVIDENCE_CHARS) };
}

function end(tx: Tx, incident: Incident, nowMs: number, healedBy: string): string {
  const { id, kind, openedAtMs } = incident;
  const ending = { closedAtMs: nowMs, healedBy };
  tx.update(incidents).set(ending).where(eq(incidents.id, id)).run();
  incidentClosed(tx, countOpen(tx, -1), { ...incident, ...ending }, nowMs);
  return `${WORDS[kind].ends} after ${Math.max(0, Math.round((nowMs - openedAtMs) / 1_000))} s (${healedBy})`;
}
