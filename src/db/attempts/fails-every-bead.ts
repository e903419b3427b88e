/**
 * Errors that no table of a tool's knows, before the agent did anything. Each costs its bead a try, for it may be the bead's; but when one agent
 * ends so on bead after bead, it is the agent that is ill, and not the backlog.
 */
import { desc, sql } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { type Attempt, attempts } from "../schema.ts";
import type { Cause } from "./policy.ts";

/** Hosts call it so. */
export const UNKNOWN_ERROR = "unknown_error";

/** So many beads in a row. */
const BEADS = 3;

/** An agent that was not served for so many attempts begins anew: nothing older is read for it. */
const LOOKED_BACK = 2_000;

/** Whether it has become the agent's own trouble: then it is one that a person must mend, and no bead pays for it. */
export function agentsUnknownError(tx: Tx, attempt: Attempt, cause: Cause): Cause | null {
  if (cause.code !== UNKNOWN_ERROR || cause.kind !== "agent_failed" || attempt.kind !== "run") return null;
  const before = tx
    .select({ bead: attempts.beadId, failure: attempts.failure })
    .from(attempts)
    .where(
      sql`${attempts.agentId} = ${attempt.agentId} AND ${attempts.kind} = 'run' AND ${attempts.fence} BETWEEN ${attempt.fence - LOOKED_BACK} AND ${attempt.fence - 1}`,
    )
    .orderBy(desc(attempts.fence))
    .limit(BEADS - 1)
    .all();
  const isSame = ({ failure }: (typeof before)[number]) =>
    failure?.code === UNKNOWN_ERROR && gist(failure.message) === gist(cause.message);
  const row = before.findIndex((each) => !isSame(each));
  const same = row < 0 ? before : before.slice(0, row);
  const isKnownIll = same[0]?.failure?.kind === "refused";
  const ids = new Set([attempt.beadId, ...same.map(({ bead }) => bead)]);
  return isKnownIll || ids.size >= BEADS ? { ...cause, kind: "refused" } : null;
}

/** The same error twice differs in its numbers and ids. */
const gist = (message: string): string =>
  message
    .replace(/\b(?=\w*\d)[\w-]+\b/g, "#")
    .replace(/\s+/g, " ")
    .slice(0, 300);
