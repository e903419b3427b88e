/**
 * An agent that ends in the same way on bead after bead, before it can have done anything: its command is broken, or its tool meets an
 * error that no table knows. Each such end costs its bead a try, for it may be the bead's; but when one agent ends so on three beads in a
 * row, it is the agent that is ill, and not the backlog (ADR 0032).
 */
import { and, desc, inArray, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, type Bead, beads } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import type { Cause } from "./policy.ts";

/** Consecutive beads that must fail. A second one tells as much where the first was parked for it, after as many runs. */
const BEADS = 3;

/** The host has seen that the agent did nothing before it. */
const UNKNOWN_ERROR = "unknown_error";
/** What an operator's own command does can't be seen: it may have worked, unless it was over at once. */
const ENDS: ReadonlySet<string> = new Set(["exit_code", "signal"]);
const AT_ONCE_MS = 30_000;

/** An agent that was not served for so many attempts begins anew: nothing older is read for it. */
const LOOKED_BACK = 2_000;
/** How many runs of its own, and of the others of its rig, are read: they tell enough. */
const OWN_READ = 20;
const OTHERS_READ = 200;

/** Goes before the beads that it is known by, at the end of what the last run said. */
const KNOWN_BY = " (so ended its runs of ";

type Run = Pick<
  Attempt,
  "fence" | "beadId" | "agentId" | "state" | "startedAtMs" | "acceptedAtMs" | "endedAtMs" | "failure"
>;

export interface AgentsOwn {
  cause: Cause;
  /** Beads that were parked for what is found to be their agent's: no other agent has failed them. */
  parked: Bead[];
}

/** Whether it has become the agent's own trouble: then it is one that a person must mend, and no bead pays for it. */
export function failsEveryBead(tx: Tx, attempt: Attempt, cause: Cause, { nowMs }: StepContext): AgentsOwn | null {
  if (!endedAtOnce(attempt, cause, nowMs)) return null;
  const isSame = (run: Run) =>
    run.failure?.code === cause.code &&
    didNothing(cause.code, run) &&
    gist(run.failure.message) === gist(cause.message);
  const own = sql`${attempts.agentId} = ${attempt.agentId}`;
  // What came to nothing on its way tells nothing.
  const before = runs(tx, own, { after: attempt.fence - LOOKED_BACK, before: attempt.fence, most: OWN_READ }).filter(
    (run) => run.state === "finished" || run.state === "failed" || isSame(run),
  );
  const end = before.findIndex((run) => !isSame(run));
  const row = end < 0 ? before : before.slice(0, end);
  const isKnownIll = row[0]?.failure?.kind === "refused";
  const met = [...new Set([attempt.beadId, ...row.map(({ beadId }) => beadId)])];
  const parked = isKnownIll || met.length < 2 ? [] : parkedFor(tx, row);
  const isEnough = met.length >= BEADS || (parked.length > 0 && row.length + 1 >= BEADS);
  if (!isKnownIll && !isEnough) return null;
  const ofRig = sql`${attempts.rigId} = ${attempt.rigId} AND ${attempts.agentId} <> ${attempt.agentId}`;
  const since = { after: row.at(-1)?.fence ?? attempt.fence, before: Number.MAX_SAFE_INTEGER, most: OTHERS_READ };
  if (isMetByTheWell(runs(tx, ofRig, since), isSame)) return null;
  const message = `${cause.message}${KNOWN_BY}${met.slice(0, BEADS).reverse().join(", ")})`;
  return { cause: { ...cause, kind: "refused", message }, parked };
}

/** Of the beads of these runs those that are parked for them, and for nothing that any other run of theirs met. */
const parkedFor = (tx: Tx, row: readonly Run[]): Bead[] =>
  tx
    .select()
    .from(beads)
    .where(and(inArray(beads.id, [...new Set(row.map(({ beadId }) => beadId))]), sql`${beads.status} = 'failed'`))
    .orderBy(beads.seq)
    .all()
    .filter(({ id, failures, lastFailure }) => {
      const paid = row.filter(({ beadId, state }) => beadId === id && state === "failed");
      return paid.length > 0 && paid.length >= failures && lastFailure?.atMs === paid[0]?.failure?.atMs;
    });

/** Before it can have done anything: what its agent meets with the next bead tells whose trouble it is. */
export const endedAtOnce = (attempt: Attempt, { kind, code }: Cause, nowMs: number): boolean =>
  attempt.kind === "run" && kind === "agent_failed" && didNothing(code, { ...attempt, endedAtMs: nowMs });

const didNothing = (code: string, { startedAtMs, acceptedAtMs, endedAtMs }: Omit<Run, "state">): boolean =>
  code === UNKNOWN_ERROR ||
  (ENDS.has(code) && endedAtMs !== null && endedAtMs - (acceptedAtMs ?? startedAtMs) <= AT_ONCE_MS);

/** An agent that does well has ended so too: then it is the beads that are to blame. */
function isMetByTheWell(others: readonly Run[], isSame: (run: Run) => boolean): boolean {
  const isWell = (id: string | null) => others.some(({ agentId, state }) => agentId === id && state === "finished");
  return others.some((run) => isSame(run) && isWell(run.agentId));
}

/** The newest first. */
const runs = (tx: Tx, whose: SQL, range: { after: number; before: number; most: number }): Run[] =>
  tx
    .select({
      fence: attempts.fence,
      beadId: attempts.beadId,
      agentId: attempts.agentId,
      state: attempts.state,
      startedAtMs: attempts.startedAtMs,
      acceptedAtMs: attempts.acceptedAtMs,
      endedAtMs: attempts.endedAtMs,
      failure: attempts.failure,
    })
    .from(attempts)
    .where(
      sql`${whose} AND ${attempts.kind} = 'run' AND ${attempts.fence} > ${range.after} AND ${attempts.fence} < ${range.before}`,
    )
    .orderBy(desc(attempts.fence))
    .limit(range.most)
    .all();

/** The same end twice differs in its numbers and ids. */
const gist = (message: string): string =>
  (message.split(KNOWN_BY)[0] ?? "")
    .replace(/\b(?=\w*\d)[\w-]+\b/g, "#")
    .replace(/\s+/g, " ")
    .slice(0, 300);
