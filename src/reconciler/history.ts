import { eq, lt, lte, sql } from "drizzle-orm";
import { HISTORY_KEPT } from "../attempts/incidents.ts";
import { commandOf } from "../commands/index.ts";
import { keepUnkept } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { ANYTHING } from "../db/noting.ts";
import { type AskedCommand, audit, commandsOf, type TickRecord, ticks } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { savepoint } from "../db/town-row.ts";
import { clip } from "../lib/text.ts";
import type { TickPoint } from "../ports/ports.ts";
import type { PassInput } from "./begin.ts";
import { onRecord, orWhyNot, withFallback } from "./bookkeeping.ts";
import { recordOf, type Settled } from "./effects.ts";
import type { Fact } from "./ingest.ts";
import type { PassResult } from "./record.ts";

/** Counting rows reads them all, so it is done seldom; until then there are that many too many. */
const PRUNED_EVERY = 50;

/** Of commands whose ticks are gone: half a year of a busy town's, in some megabytes. */
const AUDIT_KEPT = 10_000;

export interface Rows {
  read: number;
  written: number;
}

export const nothingRead: Rows = { read: 0, written: 0 };

const kept = prepared((tx) =>
  tx
    .insert(ticks)
    .values({
      tick: slot("tick"),
      startedAtMs: slot("startedAtMs"),
      completedAtMs: slot("completedAtMs"),
      record: slot<TickRecord>("record"),
    })
    .prepare(),
);

/** Of why an action came to nothing. */
const WHY_CHARS = 300;

/** A tick in which something happened, for people to look at later. @returns lines for the operator's log */
export function keepTick(tx: Tx, result: PassResult, { facts, nowMs }: PassInput, rows: Rows): readonly string[] {
  const { tick, actions, launches, outcomes, latenessMs, eventfulSoFar } = result;
  const counts: Record<string, number> = {};
  // What was refused has not happened.
  const happened = facts.filter((_, index) => outcomes[index]?.status !== "refused");
  for (const { type } of happened) counts[type] = (counts[type] ?? 0) + 1;
  const commands = facts.flatMap((fact, index) => (outcomes[index]?.status === "applied" ? askedBy(fact) : []));
  const launched = launches.map(({ action, fence }) => ({ action, fence }));
  const cost = { rowsRead: rows.read, rowsWritten: rows.written };
  const asked = commands.length > 0 && { commands };
  const short = { latenessMs, facts: {}, ...asked, actions: [], launched: [], settled: [], error: null, ...cost };
  const record: TickRecord = {
    ...short,
    facts: counts,
    actions: actions.map(inBrief),
    launched,
    changed: result.unkept,
  };
  const values = { tick, startedAtMs: nowMs, completedAtMs: launches.length === 0 ? nowMs : null };
  const lines = orWhyNot("a tick", () => {
    withFallback((row: TickRecord) => kept(tx).run({ ...values, record: row }), record, short);
    return [];
  });
  if (lines.length > 0) keepUnkept(tx, [ANYTHING]);
  if (eventfulSoFar % PRUNED_EVERY !== 0) return lines;
  return [...lines, ...onRecord(tx, "which ticks are gone", prune)];
}

/** Nothing, where it is an event. */
function askedBy(fact: Fact): AskedCommand[] {
  const command = commandOf(fact);
  return command ? [{ command: command.name, origin: ("origin" in fact && fact.origin) || null }] : [];
}

const inBrief = ({ why, ...action }: TickRecord["actions"][number]) => ({
  ...action,
  ...(why !== undefined && { why: clip(why, WHY_CHARS) }),
});

const withOutcome = sql<TickRecord>`json_set(json_insert(${ticks.record}, '$.settled[#]', json(${slot<string>("outcome")})),
  '$.rowsRead', ${ticks.record} ->> '$.rowsRead' + ${slot("read")}, '$.rowsWritten', ${ticks.record} ->> '$.rowsWritten' + ${slot("written")})`;

const advanced = prepared((tx) =>
  tx
    .update(ticks)
    .set({ completedAtMs: slot("completedAtMs"), record: withOutcome })
    .where(eq(ticks.tick, slot("tick")))
    .prepare(),
);

/**
 * What came of an effect stands with the tick that launched it, and so does what it cost; the last one completes it.
 * @returns lines for the operator's log
 */
export function keepOutcome(tx: Tx, settled: Settled, nowMs: number, rows: Rows): readonly string[] {
  const { tick, left } = settled.of;
  const outcome = JSON.stringify(recordOf(settled));
  return orWhyNot("an outcome", () => {
    advanced(tx).run({ tick, outcome, ...rows, completedAtMs: left === 0 ? nowMs : null });
    return [];
  });
}

/** By rows and not by numbers: between two of them may lie any number of ticks that were not kept. */
function prune(tx: Tx): [] {
  const isGone = lt(ticks.tick, sql`(SELECT tick FROM ticks ORDER BY tick DESC LIMIT 1 OFFSET ${HISTORY_KEPT - 1})`);
  // Who asked for what is looked up for longer than what a tick did. As SQL, since a record may be broken.
  tx.run(sql`INSERT INTO audit (tick, at_ms, commands) SELECT tick, started_at_ms, ${commandsOf} FROM ticks
    WHERE ${isGone} AND ${commandsOf} IS NOT NULL ORDER BY tick`);
  tx.delete(ticks).where(isGone).run();
  tx.delete(audit)
    .where(lte(audit.id, sql`(SELECT max(id) FROM audit) - ${AUDIT_KEPT}`))
    .run();
  return [];
}

/** A tick that was rolled back leaves its reason, if even that can be written. */
export function keepFailedTick(tx: Tx, tick: number, nowMs: number, error: string): void {
  const nothing = { latenessMs: null, facts: {}, actions: [], launched: [], settled: [], rowsRead: 0, rowsWritten: 0 };
  try {
    savepoint(tx, (inner) => {
      const values = { tick, startedAtMs: nowMs, completedAtMs: nowMs, record: { ...nothing, error } };
      inner.insert(ticks).values(values).run();
      prune(inner);
    });
  } catch {
    // what ails the tick may ail its history
  }
}

export function pointOf({ tick, latenessMs, actions, launches }: PassResult, { read, written }: Rows): TickPoint {
  const count = (wanted: string) => actions.filter(({ outcome }) => outcome === wanted).length;
  const work = { applied: count("applied"), failed: count("failed"), launched: launches.length };
  return { tick, latenessMs, ...work, rowsRead: read, rowsWritten: written };
}
