/** What the newest try that came to nothing printed last: of a gate that failed, that is why. */
import { and, desc, eq, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { attemptLogs, attempts, type Bead } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { clipHead } from "../../lib/text.ts";

export interface LastTry {
  /** `GET …/attempts/{fence}/log` has more. */
  fence: number;
  kind: "run" | "landing";
  /** Its last lines; empty: it printed nothing, or that is kept no more. */
  tail: string;
}

/** A screenful. */
const TAIL_CHARS = 2_000;
const TAIL_LINES = 20;
/** Pieces of a log: the last of them are enough for as many lines. */
const PIECES = 4;

const lastFailed = prepared((tx) =>
  tx
    .select({ fence: attempts.fence, kind: attempts.kind, outputTail: attempts.outputTail })
    .from(attempts)
    .where(and(eq(attempts.beadId, slot<string>("bead")), sql`${attempts.failure} IS NOT NULL`))
    .orderBy(desc(attempts.fence))
    .limit(atMost(1))
    .prepare(),
);

const lastPieces = prepared((tx) =>
  tx
    .select({ text: attemptLogs.text })
    .from(attemptLogs)
    .where(eq(attemptLogs.fence, slot("fence")))
    .orderBy(desc(attemptLogs.seq))
    .limit(atMost(PIECES))
    .prepare(),
);

/** @returns null where nothing of the bead has failed, or it has done well since */
export function lastTryOf(tx: Tx, { id, lastFailure }: Pick<Bead, "id" | "lastFailure">): LastTry | null {
  if (lastFailure === null) return null;
  const attempt = lastFailed(tx).get({ bead: id });
  if (!attempt) return null;
  const { fence, kind, outputTail } = attempt;
  return { fence, kind, tail: lastLines(outputTail?.trim() ? outputTail : logged(tx, fence)) };
}

/** What was reported while it went on. */
const logged = (tx: Tx, fence: number): string =>
  lastPieces(tx)
    .all({ fence })
    .reverse()
    .map(({ text }) => text)
    .join("");

const lastLines = (text: string): string =>
  clipHead(text.trimEnd(), TAIL_CHARS).split("\n").slice(-TAIL_LINES).join("\n");
