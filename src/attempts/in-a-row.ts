/** What the last tries of a bead have in common that came to nothing one after the other, in words that are true of them. */
import { desc, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { attempts, type Bead } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";

/** This many failures are read; older ones are like them, or of no use to a reader. */
const LOOKED_AT = 20;

const lastTries = prepared((tx) =>
  tx
    .select({
      fence: attempts.fence,
      kind: attempts.kind,
      hostId: attempts.hostId,
      startedAtMs: attempts.startedAtMs,
      endedAtMs: attempts.endedAtMs,
      lastSeq: attempts.lastSeq,
    })
    .from(attempts)
    .where(eq(attempts.beadId, slot<string>("beadId")))
    .orderBy(desc(attempts.fence))
    .limit(atMost(LOOKED_AT + 1))
    .prepare(),
);

/** The first of these that was heard of, on the same host, whichever bead it was of. So many are looked at. */
const heardOf = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(
      sql`${attempts.fence} > ${slot("after")} AND ${attempts.fence} < ${slot("before")} AND ${attempts.fence} <= ${slot("after")} + 200
        AND ${attempts.lastSeq} IS NOT NULL AND ${attempts.hostId} IS ${slot<string | null>("hostId")} AND ${attempts.beadId} <> ${slot<string>("beadId")}`,
    )
    .limit(atMost(1))
    .prepare(),
);

export interface InARow {
  /** A sentence without its end. */
  what: string;
  /** When the first of them began, as far as is known. */
  sinceMs: number;
  /** Who was asked: null is the town's own host. */
  hosts: ReadonlySet<string | null>;
  /** Its newest try lives, or was its host's trouble, which is over: whether it goes on is seen when it is tried next. */
  isOver: boolean;
}

type Troubled = Pick<Bead, "id" | "dispatchFailures" | "status" | "updatedAtMs">;

export function failuresInARow(tx: Tx, { id, dispatchFailures: times, status, updatedAtMs }: Troubled): InARow {
  const tries = lastTries(tx).all({ beadId: id });
  const live = tries[0]?.endedAtMs === null ? tries[0] : undefined;
  const row = tries.filter((one) => one !== live).slice(0, times);
  // A run that was heard of ran, however it ended.
  const ran = row.some(({ kind, lastSeq }) => kind === "run" && lastSeq !== null);
  const started = ran
    ? `${times} runs of ${id} in a row came to nothing`
    : `${id} was started ${times} times in a row and never ran`;
  return {
    what: status === "in_review" ? `${times} landings of ${id} in a row came to nothing` : started,
    sinceMs: row.at(-1)?.startedAtMs ?? updatedAtMs,
    hosts: new Set(row.map(({ hostId }) => hostId)),
    // Where runs ran and were lost, one more that runs proves nothing yet.
    isOver: (live !== undefined && live.lastSeq !== null && !ran) || wasHosts(tx, id, row),
  };
}

/** Between its failures no other bead fared better there, and after them one did. */
function wasHosts(tx: Tx, beadId: string, row: { fence: number; hostId: string | null }[]): boolean {
  const [newest, oldest] = [row[0], row.at(-1)];
  if (!newest || !oldest) return false;
  const isHeard = (after: number, before: number) =>
    heardOf(tx).get({ after, before, hostId: newest.hostId, beadId }) !== undefined;
  return !isHeard(oldest.fence, newest.fence) && isHeard(newest.fence, Number.MAX_SAFE_INTEGER);
}
