import { dismissQuarantined } from "../db/quarantine.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { dismissal } from "./inputs.ts";

/** Somebody has read what could not be applied, and wants it gone. */
export const eventDismissed = defineEvent({
  type: "event_dismissed",
  payload: dismissal,
  apply(tx, { event }, { news }): { dismissed: number } {
    const dismissed = dismissQuarantined(tx, event);
    if (event !== null && dismissed === 0)
      throw refusal(404, "not_quarantined", `No event ${event} is in quarantine.`, "GET …/quarantine lists them.");
    news?.(`DISMISSED ${event === null ? `${dismissed} events` : `event ${event}`}`);
    changeTown(tx, { eventsDiscarded: readTown(tx).eventsDiscarded + dismissed });
    return { dismissed };
  },
});
