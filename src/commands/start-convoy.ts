import { eq } from "drizzle-orm";
import { readConvoy } from "../beads/convoy-reads.ts";
import { closeIfAllOver, countForMembers, existingConvoy, refuseIfConvoyOver } from "../beads/convoys.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";

/** Its members wait for one another alone. */
export const startConvoyCommand = defineCommand({
  name: "start-convoy",
  type: "convoy_started",
  method: "POST",
  path: "/convoys/{convoy}/start",
  scope: "work:control",
  summary: "Starts a convoy that is held.",
  params: { convoy: slug },
  output: convoySchema,
  apply(tx, { convoy: id }, { nowMs }): Convoy {
    const convoy = existingConvoy(tx, id);
    refuseIfConvoyOver(convoy);
    if (convoy.state === "running")
      throw refusal(409, "already_running", `Convoy ${id} runs already.`, "Nothing was changed.");
    countForMembers(tx, id, -1, nowMs);
    const running = tx.update(convoys).set({ state: "running" }).where(eq(convoys.id, id)).returning().get();
    closeIfAllOver(tx, running, nowMs);
    return existingConvoy(tx, id);
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
