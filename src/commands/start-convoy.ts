import { eq } from "drizzle-orm";
import { closeIfAllOver, countForMembers, existingConvoy, refuseIfConvoyOver } from "../beads/convoys.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { convoyStart } from "./inputs.ts";

/** Its members wait for one another alone. */
export const convoyStarted = defineEvent({
  type: "convoy_started",
  payload: convoyStart,
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
});
