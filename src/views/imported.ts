import { z } from "zod";

/** What an import did. */
export const importedSchema = z
  .object({
    created: z.int(),
    ids: z.array(z.string()).describe("of the beads that were created, in the order in which they were"),
    updated: z.int().describe("beads that this rig had, and that are now as their lines say"),
    skipped: z.int().describe("lines that say nothing new"),
    records: z.int().describe("of those created: what is kept, and is no work"),
    kept: z
      .record(z.string(), z.int())
      .describe("lines about something else than an issue, by what they are about: they are kept"),
    duplicates: z
      .array(z.object({ id: z.string(), lines: z.array(z.int()), taken: z.int() }))
      .describe("ids that stand in several lines: the newest one was taken"),
    left: z
      .array(z.object({ id: z.string(), bead: z.string(), fields: z.array(z.string()), why: z.string() }))
      .describe("what differs and was left alone, since it was changed here"),
    unresolved: z
      .int()
      .describe("dependencies on what neither this text nor this rig has: they are kept, and bind once it comes"),
  })
  .meta({ id: "Imported" });
