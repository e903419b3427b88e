/** Facts that could never be applied: kept for a person to read, and never more of them than anybody would. */
import { and, desc, eq, isNotNull, lt, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import type { Page } from "./page.ts";
import { events } from "./schema.ts";

/** The newest stay: so many, and of no more than so many bytes together, the newest itself whatever it has. */
const KEPT = 200;
const KEPT_BYTES = 1024 * 1024;

/** Of what a fact says, in a list. */
const PAYLOAD_CHARS = 2_000;

const isQuarantined = isNotNull(events.quarantinedAtMs);

/** Lets go of the oldest where there are too many. @returns how many went */
export function trimQuarantine(tx: Tx): number {
  const bytes = sql<number>`length(CAST(${events.payload} AS BLOB))`;
  const newest = tx.select({ id: events.id, bytes }).from(events).where(isQuarantined).orderBy(desc(events.id)).all();
  let total = 0;
  const last = newest.findIndex((row, index) => {
    total += row.bytes;
    return index > 0 && (index >= KEPT || total > KEPT_BYTES);
  });
  if (last === -1) return 0;
  for (const { id } of newest.slice(last)) tx.delete(events).where(eq(events.id, id)).run();
  return newest.length - last;
}

export interface Quarantined {
  id: number;
  type: string;
  tries: number;
  error: string | null;
  receivedAtMs: number;
  quarantinedAtMs: number;
  /** The beginning of what it says, as it is stored: it may be no JSON. */
  payload: string;
  isCut: boolean;
}

export const listQuarantined = (tx: Tx, { limit, before }: Page): Quarantined[] =>
  tx
    .select({
      id: events.id,
      type: events.type,
      tries: events.tries,
      error: events.error,
      receivedAtMs: events.receivedAtMs,
      quarantinedAtMs: sql<number>`${events.quarantinedAtMs}`,
      payload: sql<string>`substr(${events.payload}, 1, ${PAYLOAD_CHARS})`,
      isCut: sql<number>`length(${events.payload}) > ${PAYLOAD_CHARS}`,
    })
    .from(events)
    .where(and(isQuarantined, before === undefined ? undefined : lt(events.id, before)))
    .orderBy(desc(events.id))
    .limit(limit)
    .all()
    .map(({ isCut, ...row }) => ({ ...row, isCut: isCut === 1 }));

/** Somebody has read it. @param id null: all of them @returns how many went */
export const dismissQuarantined = (tx: Tx, id: number | null): number =>
  tx
    .delete(events)
    .where(and(isQuarantined, id === null ? undefined : eq(events.id, id)))
    .returning({ id: events.id })
    .all().length;
