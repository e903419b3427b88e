/** Bounded reads for people: lists by page, single rows with what belongs to them. */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { DependencyType } from "../beads/family.ts";
import type { Db, Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import type { Page } from "../db/page.ts";
import {
  type Attempt,
  agents,
  attemptLogs,
  attempts,
  type Bead,
  type BeadNote,
  beadDependencies,
  beadNotes,
  beads,
  type Incident,
  incidents,
  rigs,
  ticks,
} from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";

export interface BeadQuery extends Page {
  status?: Bead["status"] | undefined;
  rig?: string | undefined;
}

export const listBeads = (tx: Tx, { status, rig, limit, before }: BeadQuery): Bead[] =>
  tx
    .select()
    .from(beads)
    .where(
      and(
        ...given(
          status && eq(beads.status, status),
          rig && eq(beads.rigId, rig),
          before !== undefined && lt(beads.seq, before),
        ),
      ),
    )
    .orderBy(desc(beads.seq))
    .limit(limit)
    .all();

export interface AttemptQuery extends Page {
  bead?: string | undefined;
}

export const listAttempts = (tx: Tx, { bead, limit, before }: AttemptQuery): Attempt[] =>
  tx
    .select()
    .from(attempts)
    .where(and(...given(bead && eq(attempts.beadId, bead), before !== undefined && lt(attempts.fence, before))))
    .orderBy(desc(attempts.fence))
    .limit(limit)
    .all();

export const listIncidents = (tx: Tx, { limit, before }: Page): Incident[] =>
  tx
    .select()
    .from(incidents)
    .where(before === undefined ? undefined : lt(incidents.id, before))
    .orderBy(desc(incidents.id))
    .limit(limit)
    .all();

export const listTicks = (tx: Tx, { limit, before }: Page) =>
  tx
    .select()
    .from(ticks)
    .where(before === undefined ? undefined : lt(ticks.tick, before))
    .orderBy(desc(ticks.tick))
    .limit(limit)
    .all();

const given = (...conditions: (SQL | false | "" | undefined)[]): SQL[] =>
  conditions.filter((c): c is SQL => Boolean(c));

/** How much of a bead's past is shown with it; the rest is in `attempts?bead=`. */
const SHOWN = 50;

const asParent = ({ id }: { id: string }): Dependency => ({ id, type: "parent-child" });

interface Dependency {
  id: string;
  type: DependencyType | "parent-child";
}

export interface BeadDetail {
  bead: Bead;
  dependsOn: Dependency[];
  blocks: Dependency[];
  notes: BeadNote[];
  attempts: Attempt[];
}

/** @throws Refusal 404 */
export function readBead(tx: Tx, id: string): BeadDetail {
  const bead = existingBead(tx, id);
  const on = tx
    .select({ id: beadDependencies.blockerId, type: beadDependencies.type })
    .from(beadDependencies)
    .where(eq(beadDependencies.beadId, id))
    .all();
  const blocks = tx
    .select({ id: beadDependencies.beadId, type: beadDependencies.type })
    .from(beadDependencies)
    .where(eq(beadDependencies.blockerId, id))
    .all();
  const children = tx.select({ id: beads.id }).from(beads).where(eq(beads.parentId, id)).orderBy(beads.seq).all();
  const parents = bead.parentId === null ? [] : [{ id: bead.parentId }];
  const notes = tx
    .select()
    .from(beadNotes)
    .where(eq(beadNotes.beadId, id))
    .orderBy(desc(beadNotes.id))
    .limit(SHOWN)
    .all();
  return {
    bead,
    dependsOn: [...on, ...parents.map(asParent)],
    blocks: [...blocks, ...children.map(asParent)],
    notes: notes.toReversed(),
    attempts: listAttempts(tx, { bead: id, limit: SHOWN }),
  };
}

export interface AttemptLog {
  attempt: Attempt;
  pieces: { atMs: number; text: string }[];
  /** It ended so long ago that what it printed is gone. */
  isPruned: boolean;
}

/** @throws Refusal 404; 410 when there was such an attempt */
export function readAttempt(tx: Tx, fence: number): Attempt {
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, fence)).get();
  if (attempt) return attempt;
  if (fence <= readTown(tx).lastFence)
    throw refusal(
      410,
      "attempt_pruned",
      `Attempt ${fence} is gone, with its bead.`,
      "The town's `retention` says how long they are kept.",
    );
  throw refusal(404, "attempt_not_found", `There is no attempt ${fence}.`, "GET …/attempts lists them.");
}

/** What is kept of a run's output, oldest first. @throws Refusal 404; 410 when there was such an attempt */
export function readLog(tx: Tx, fence: number): AttemptLog {
  const attempt = readAttempt(tx, fence);
  const { pruning } = readTown(tx);
  const pieces = tx
    .select({ atMs: attemptLogs.atMs, text: attemptLogs.text })
    .from(attemptLogs)
    .where(eq(attemptLogs.fence, fence))
    .orderBy(attemptLogs.seq)
    .all();
  const isPruned = pieces.length === 0 && pruning !== null && (attempt.endedAtMs ?? 9e15) <= pruning.logs.untilMs;
  return { attempt, pieces, isPruned };
}

export const listRigs = (tx: Tx) => tx.select().from(rigs).orderBy(rigs.id).all();
export const listAgents = (tx: Tx) => tx.select().from(agents).orderBy(agents.id).all();

/** Null: there is no such agent. */
export const readRigOf = (tx: Tx | Db, agent: string): string | null =>
  tx.select({ rig: agents.rigId }).from(agents).where(eq(agents.id, agent)).get()?.rig ?? null;

/** How many beads have each status; records are counted apart, since they are no work. */
export const countBeads = (tx: Tx): Record<string, number> =>
  Object.fromEntries(
    tx
      .all<{ what: string; n: number }>(
        sql`SELECT CASE type WHEN 'record' THEN 'records' ELSE status END AS what, count(*) AS n FROM beads GROUP BY 1`,
      )
      .map(({ what, n }) => [what, n]),
  );

/** How many agents have each status. */
export const countAgents = (tx: Tx): Record<string, number> =>
  Object.fromEntries(
    tx
      .select({ status: agents.status, n: sql<number>`count(*)` })
      .from(agents)
      .groupBy(agents.status)
      .all()
      .map(({ status, n }) => [status, n]),
  );
