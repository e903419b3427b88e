import { eq } from "drizzle-orm";
import { z } from "zod";
import { type Imported, importBeads } from "../beads/import.ts";
import { rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { JSON_LINES } from "../lib/operation.ts";
import { slug } from "../protocol/common.ts";
import { importedSchema } from "../views/imported.ts";
import { defineCommand } from "./define.ts";

/** Beads come from another tracker: all of them or none. */
export const importBeadsCommand = defineCommand({
  name: "import-beads",
  type: "beads_imported",
  mendsNothing: true,
  method: "POST",
  path: "/beads:import",
  scope: "beads:write",
  summary: "Imports beads in the format of `bd export`, a JSON object a line: all of them or none.",
  query: z.strictObject({ rig: slug }),
  body: z
    .string()
    .max(2 * 1024 * 1024)
    .transform((text) => ({ text })),
  bodyType: JSON_LINES,
  output: importedSchema,
  apply(tx, { rig, text }, ctx): Imported {
    if (!tx.select({ id: rigs.id }).from(rigs).where(eq(rigs.id, rig)).get())
      throw refusal(404, "rig_not_found", `There is no rig ${rig}.`, "GET …/rigs lists them.");
    return importBeads(tx, rig, text, ctx);
  },
  answer: (imported) => imported,
});
