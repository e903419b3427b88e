/** What the last tries of a bead have in common that came to nothing one after the other, in words that are true of them. */
import { desc, eq } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { atMost, prepared, slot } from "../prepared.ts";
import { attempts, type Bead } from "../schema.ts";

/** So many are looked at; what is older is like them, or nobody reads of it. */
const LOOKED_AT = 20;

const lastTries = prepared((tx) =>
  tx
    .select({
      kind: attempts.kind,
      hostId: attempts.hostId,
      startedAtMs: attempts.startedAtMs,
      lastSeq: attempts.lastSeq,
    })
    .from(attempts)
    .where(eq(attempts.beadId, slot<string>("beadId")))
    .orderBy(desc(attempts.fence))
    .limit(atMost(LOOKED_AT))
    .prepare(),
);

export interface InARow {
  /** A sentence without its end. */
  what: string;
  /** When the first of them began, as far as is known. */
  sinceMs: number;
  /** Who was asked: null is the town's own host. */
  hosts: ReadonlySet<string | null>;
}

type Troubled = Pick<Bead, "id" | "dispatchFailures" | "status" | "updatedAtMs">;

export function failuresInARow(tx: Tx, { id, dispatchFailures: times, status, updatedAtMs }: Troubled): InARow {
  const tries = lastTries(tx).all({ beadId: id }).slice(0, times);
  // A run that was heard of ran, whatever became of it.
  const ran = tries.some(({ kind, lastSeq }) => kind === "run" && lastSeq !== null);
  const started = ran
    ? `${times} runs of ${id} in a row came to nothing`
    : `${id} was started ${times} times in a row and never ran`;
  return {
    what: status === "in_review" ? `${times} landings of ${id} in a row came to nothing` : started,
    sinceMs: tries.at(-1)?.startedAtMs ?? updatedAtMs,
    hosts: new Set(tries.map(({ hostId }) => hostId)),
  };
}
