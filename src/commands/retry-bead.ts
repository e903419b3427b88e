import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { clearOf } from "../attempts/evidence.ts";
import { earliestTry } from "../attempts/pace.ts";
import { withCutOffTold } from "../beads/cut-off.ts";
import { note } from "../beads/notes.ts";
import { isReturned, reviveBead } from "../beads/over.ts";
import { existingBead, refuseRigless } from "../db/existing.ts";
import { agents, type Bead, beads } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { iso } from "../lib/time.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { reason } from "./inputs.ts";

/**
 * A person wants it tried again, now, and its budgets whole: a parked or cancelled bead goes back to the queue, a waiting one
 * waits no longer, and one that is under way goes on. What is known about earlier tries stays.
 */
export const retryBeadCommand = defineCommand({
  name: "retry-bead",
  type: "bead_retried",
  method: "POST",
  path: "/beads/{bead}/retry",
  scope: "work:control",
  summary:
    "Tries a bead again at once, with whole budgets: parked, cancelled, backing off, or with failures that count against it.",
  params: { bead: slug },
  body: z.strictObject({ reason: reason.optional() }),
  emptyBody: true,
  output: beadSchema,
  apply(tx, { bead: id, reason }, ctx): Bead {
    const { nowMs, news } = ctx;
    const bead = existingBead(tx, id);
    const over = bead.status === "failed" || bead.status === "cancelled";
    const agent = tx
      .select()
      .from(agents)
      .where(and(eq(agents.beadId, id), eq(agents.status, "idle")))
      .get();
    const waits = !over && (bead.strikes !== null || Math.max(bead.notBeforeMs, agent?.notBeforeMs ?? 0) > nowMs);
    const counted = bead.failures + bead.reworks + bead.dispatchFailures + bead.unpaidTries > 0;
    if (!over && !waits && !(counted && IN_PLAY.has(bead.status))) throw nothingToRetry(bead);
    if (over) refuseRigless(tx, bead);
    const notBeforeMs = earliestTry(tx, bead, nowMs);
    if (waits && notBeforeMs > nowMs) throw mayBeAlive(bead, notBeforeMs);
    if (agent) tx.update(agents).set({ notBeforeMs: 0 }).where(eq(agents.id, agent.id)).run();
    clearOf(tx, id);
    note(tx, id, "retried", reason ?? "tried again on request", nowMs);
    if (bead.status === "failed" || isReturned(bead)) news?.(`REVIVED ${id}: ${reason ?? "tried again on request"}`);
    if (over) return withCutOffTold(tx, [id], ctx, () => reviveBead(tx, bead, notBeforeMs, nowMs));
    return tx
      .update(beads)
      .set({
        failures: 0,
        reworks: 0,
        dispatchFailures: 0,
        unpaidTries: 0,
        strikes: null,
        notBeforeMs: notBeforeMs > nowMs ? notBeforeMs : 0,
        updatedAtMs: nowMs,
      })
      .where(eq(beads.id, id))
      .returning()
      .get();
  },
  answer: beadView,
});

const IN_PLAY = new Set<Bead["status"]>(["open", "in_progress", "in_review"]);

const nothingToRetry = ({ id, status }: Bead) =>
  refusal(
    409,
    "nothing_to_retry",
    `Bead ${id} is ${statusWords(status)}, does not wait for another try, and its budgets are whole.`,
    "Retry a bead that is parked, cancelled, waiting out a backoff, or has come to nothing before.",
  );

const mayBeAlive = ({ id, fence }: Bead, untilMs: number) =>
  refusal(
    409,
    "run_may_be_alive",
    `Fence ${fence} of bead ${id} may still run on its host until ${iso(untilMs)}.`,
    "It is tried again by itself then, or as soon as the host says that the run is gone.",
  );
