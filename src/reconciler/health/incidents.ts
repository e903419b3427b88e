/** Transitions, not noise: an incident is one row and one line when it begins, one line when it ends. */
import { eq, isNull } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { prepared } from "../../db/prepared.ts";
import { type Incident, incidents, type TownRow } from "../../db/schema.ts";
import { iso } from "../../lib/time.ts";
import { HISTORY_KEPT } from "../limits.ts";
import { type Condition, conditionsOf, failing } from "./conditions.ts";
import { inFlightSince, isStale, lateSince, staleThresholdMs } from "./staleness.ts";

const WORDS: Record<Incident["kind"], { begins: string; ends: string }> = {
  stale: { begins: "STALE", ends: "RECOVERED" },
  failing: { begins: "FAILING", ends: "SUCCEEDING" },
  spinning: { begins: "SPINNING", ends: "SETTLED" },
  stuck: { begins: "STUCK", ends: "RESUMED" },
  starved: { begins: "STARVED", ends: "FED" },
};

const openIncidents = prepared((tx) =>
  tx.select().from(incidents).where(isNull(incidents.closedAtMs)).orderBy(incidents.openedAtMs).prepare(),
);

export const listOpen = (tx: Tx): Incident[] => openIncidents(tx).all();

/**
 * Compares what is wrong now with what is on record.
 * @param healedBy to whom the end of an incident is owed, unless it says so already
 * @returns the lines to log once this is committed
 */
export function trackIncidents(tx: Tx, town: TownRow, nowMs: number, healedBy: string): string[] {
  const open = new Map(listOpen(tx).map((incident) => [incident.kind, incident]));
  const conditions = conditionsOf(tx, town, nowMs);
  const lines = conditions.filter(({ kind }) => !open.has(kind)).map((condition) => begin(tx, condition, nowMs));
  const present = new Set(conditions.map(({ kind }) => kind));
  for (const incident of open.values()) {
    // A pause hides what it brings about, so it ends nothing either; staleness ends with the tick that runs.
    if (incident.kind === "stale" || present.has(incident.kind) || isHidden(incident.kind, town)) continue;
    lines.push(end(tx, incident, nowMs, healedBy));
  }
  return lines;
}

const isHidden = (kind: Incident["kind"], { paused, draining }: TownRow): boolean =>
  kind !== "failing" && (paused !== null || (draining && kind !== "spinning"));

/** A tick has failed: all else may be unreadable, so nothing else is looked at. */
export function noticeFailing(tx: Tx, streak: Parameters<typeof failing>[0], nowMs: number): string[] {
  const condition = failing(streak);
  if (!condition || listOpen(tx).some(({ kind }) => kind === "failing")) return [];
  return [begin(tx, condition, nowMs)];
}

/** What a watcher outside sees and the loop can't: it is stale. Once per incident. */
export function noticeStale(tx: Tx, town: TownRow, nowMs: number, by: string): string[] {
  if (town.paused || !isStale(town, nowMs, staleThresholdMs(town.settings))) return [];
  if (listOpen(tx).some(({ kind }) => kind === "stale")) return [];
  return [begin(tx, staleness(town, nowMs, by), nowMs)];
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

/** Whoever is about to heal what is stale is named for it, whenever the next tick proves that it did. */
export function creditHealing(tx: Tx, by: string): void {
  const stale = listOpen(tx).find(({ kind }) => kind === "stale");
  if (stale) tx.update(incidents).set({ healedBy: by }).where(eq(incidents.id, stale.id)).run();
}

/** A tick runs, so the loop is stale no more; one that nobody noticed in time is put on record after the fact. */
export function endStale(tx: Tx, before: TownRow, nowMs: number, healedBy: string): string[] {
  const lines = noticeStale(tx, before, nowMs, "the tick that ended it");
  const incident = listOpen(tx).find(({ kind }) => kind === "stale");
  return incident ? [...lines, end(tx, incident, nowMs, incident.healedBy ?? healedBy)] : lines;
}

function staleness(town: TownRow, nowMs: number, noticedBy: string): Condition {
  const flightMs = inFlightSince(town);
  const sinceMs = lateSince(town, nowMs) ?? nowMs;
  return {
    kind: "stale",
    cause:
      flightMs === null
        ? `a tick was due at ${iso(sinceMs)} and has not begun`
        : `the tick that began at ${iso(sinceMs)} has not completed`,
    hint: "The watchtower pokes or restarts such a town; POST …/reconcile does it by hand.",
    evidence: { inFlight: flightMs !== null, since: iso(sinceMs), tick: town.ticks, noticedBy },
  };
}

function begin(tx: Tx, condition: Condition, nowMs: number): string {
  const { id } = tx
    .insert(incidents)
    .values({ ...condition, openedAtMs: nowMs })
    .returning({ id: incidents.id })
    .get();
  tx.delete(incidents)
    .where(eq(incidents.id, id - HISTORY_KEPT))
    .run();
  return `${WORDS[condition.kind].begins}: ${condition.cause}. ${condition.hint}`;
}

function end(tx: Tx, { id, kind, openedAtMs }: Incident, nowMs: number, healedBy: string): string {
  tx.update(incidents).set({ closedAtMs: nowMs, healedBy }).where(eq(incidents.id, id)).run();
  return `${WORDS[kind].ends} after ${Math.max(0, Math.round((nowMs - openedAtMs) / 1_000))} s (${healedBy})`;
}
