import { z } from "zod";
import { NOTE_CHARS } from "../beads/notes.ts";
import { type BeadNote, beadDependencies, beadNotes } from "../db/schema.ts";
import { actorSchema } from "../lib/origin.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { attemptSchema } from "./attempt.ts";
import { beadSchema } from "./bead.ts";
import { time } from "./common.ts";

const by = actorSchema.nullable().describe("whose command it came of; null: the town, a run or a landing");

/** What people, runs and landings wrote on a bead. */
export const noteSchema = z.object({ at: time, kind: z.enum(beadNotes.kind.enumValues), text: z.string(), by });

export const noteView = ({ atMs, kind, text, by }: BeadNote): z.output<typeof noteSchema> => ({
  at: iso(atMs),
  kind,
  text: clip(text, NOTE_CHARS),
  by,
});

const dependencies = z.array(
  z.object({ id: z.string(), type: z.enum([...beadDependencies.type.enumValues, "parent-child"]) }),
);

/** A bead with what belongs to it. */
export const beadDetailSchema = beadSchema
  .extend({
    dependsOn: dependencies,
    blocks: dependencies.describe("those that depend on it"),
    notes: z.array(noteSchema).describe("the newest of them, oldest first; its timeline has all"),
    attempts: z.array(attemptSchema).describe("the newest of them, newest first"),
  })
  .meta({ id: "BeadDetail" });
