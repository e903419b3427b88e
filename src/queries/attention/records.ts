/** What is kept for a person to read and to dismiss: nothing waits for it. */
import { and, desc, eq, gt, isNotNull, sql } from "drizzle-orm";
import { HISTORY_KEPT, UNREAD } from "../../attempts/incidents.ts";
import { incidents, events as quarantine } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { COUNTED, countOf, type Kind, post, said, WANTED } from "./item.ts";

const { id, type, tries, error, receivedAtMs, quarantinedAtMs } = quarantine;

const inQuarantine = prepared((tx) =>
  tx
    .select({ id, type, tries, error, receivedAtMs, sinceMs: sql<number>`${quarantinedAtMs}` })
    .from(quarantine)
    .where(isNotNull(quarantinedAtMs))
    .orderBy(desc(id))
    .limit(atMost(WANTED))
    .prepare(),
);

/** No request applies them: each was tried five times. */
export const quarantined: Kind = {
  severity: "warning",
  holdsInPause: true,
  find: ({ tx, path }) =>
    inQuarantine(tx)
      .all()
      .map(({ sinceMs, ...event }) => ({
        target: { type: "event" as const, id: String(event.id) },
        sinceMs,
        times: event.tries,
        what: `event ${event.id} (${event.type}) could not be applied, ${event.tries} times: ${said({ message: event.error ?? "no reason given" })}`,
        meanwhile: "it is kept, and blocks nothing",
        nextMs: null,
        hint: "Read what it says (GET …/quarantine); this request dismisses it.",
        evidence: event,
        verb: { method: "DELETE" as const, path: `${path}/quarantine/${event.id}`, body: null },
      })),
  count: ({ tx }) =>
    countOf(tx, tx.select({ id }).from(quarantine).where(isNotNull(quarantinedAtMs)).limit(atMost(COUNTED))),
};

const unreadPastGate = prepared((tx) => {
  // All that are kept, and no walk through a table to know it.
  const kept = gt(incidents.id, sql`(SELECT max(id) FROM incidents) - ${HISTORY_KEPT}`);
  return tx
    .select()
    .from(incidents)
    .where(and(kept, eq(incidents.kind, "past_gate"), eq(incidents.healedBy, UNREAD)))
    .orderBy(desc(incidents.id))
    .limit(atMost(WANTED))
    .prepare();
});

/** Work that came onto a branch past its gate. Where the gate fails on it, its parked bead tells of it. */
export const pastGate: Kind = {
  severity: "notice",
  find: ({ tx, path }) =>
    unreadPastGate(tx)
      .all()
      .map(({ id: incident, openedAtMs, cause, hint, evidence }) => ({
        target: { type: "incident" as const, id: String(incident) },
        sinceMs: openedAtMs,
        times: 1,
        what: cause,
        meanwhile: "its bead is closed, and all work goes on",
        nextMs: null,
        hint,
        evidence: { incident, ...evidence, cause },
        verb: post(`${path}/incidents/${incident}/dismiss`),
      })),
};
