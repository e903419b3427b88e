import { and, eq, gt, lt } from "drizzle-orm";
import { z } from "zod";
import { lessonsThen } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { type Attempt, attempts, beadNotes } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { promptFor } from "../lib/prompt.ts";
import { attemptSchema } from "../views/attempt.ts";
import { defineQuery } from "./define.ts";
import { existingAttempt, fenceParam } from "./read-attempt.ts";

/** What of a bead stands in the prompts of its runs. */
const WORDS = ["title", "body", "acceptance"] as const;

const attemptPromptSchema = z
  .object({
    fence: z.int(),
    bead: z.string(),
    agent: attemptSchema.shape.agent,
    text: z.string().describe("as the town sent it, but for what was changed since"),
    changedSince: z
      .array(z.enum(WORDS))
      .describe("what of the bead was changed since the run began: that stands here as it is now"),
    mayGoOn: z
      .boolean()
      .describe(
        "there was an earlier run: where this one went on with its work, its host said at the end of the prompt what that was",
      ),
  })
  .meta({ id: "AttemptPrompt" });

/**
 * The prompt is kept in no row: it is made of the bead's words and of the notes that were there when the run began, and both are there
 * still. What was changed since is told. It shows nothing that the bead does not, so it takes the bead's scope.
 */
export const readAttemptPromptQuery = defineQuery({
  name: "read-attempt-prompt",
  path: "/attempts/{fence}/prompt",
  scope: "beads:read",
  summary: "Shows what the agent of a run was told to do.",
  params: { fence: fenceParam },
  output: attemptPromptSchema,
  read(tx, { fence }) {
    const attempt = existingAttempt(tx, fence);
    if (attempt.kind !== "run")
      throw refusal(
        404,
        "attempt_not_found",
        `Attempt ${fence} is a landing: no agent was told anything for it.`,
        "GET …/attempts lists the runs.",
      );
    const { id, title, body, acceptance } = existingBead(tx, attempt.beadId);
    const notes = lessonsThen(tx, id, attempt.startedAtMs);
    return {
      fence,
      bead: id,
      agent: attempt.agentId,
      text: promptFor({ beadId: id, title, body, acceptance, notes }),
      changedSince: changedSince(tx, attempt),
      mayGoOn: isLaterTry(tx, attempt),
    };
  },
});

/** Each edit is noted with the names of what it changed, and one in the moment in which a run begins came before it. */
function changedSince(tx: Tx, { beadId, startedAtMs }: Attempt) {
  const edits = tx
    .select({ text: beadNotes.text })
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, beadId), eq(beadNotes.kind, "edited"), gt(beadNotes.atMs, startedAtMs)))
    .all();
  const changed = new Set(edits.flatMap(({ text }) => text.replace("by an import: ", "").split(", ")));
  return WORDS.filter((word) => changed.has(word));
}

const isLaterTry = (tx: Tx, { beadId, fence }: Attempt): boolean =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(eq(attempts.beadId, beadId), eq(attempts.kind, "run"), lt(attempts.fence, fence)))
    .limit(1)
    .get() !== undefined;
