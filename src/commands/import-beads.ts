import { eq } from "drizzle-orm";
import { type Imported, importBeads } from "../beads/import.ts";
import { rigs } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { importInput } from "./inputs.ts";

/** Beads come from another tracker: all of them or none. */
export const beadsImported = defineEvent({
  type: "beads_imported",
  payload: importInput,
  apply(tx, { rig, text }, ctx): Imported {
    if (!tx.select({ id: rigs.id }).from(rigs).where(eq(rigs.id, rig)).get())
      throw refusal(404, "rig_not_found", `There is no rig ${rig}.`, "GET …/rigs lists them.");
    return importBeads(tx, rig, text, ctx);
  },
});
