import { dismissIncident } from "../attempts/incidents.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { incidentDismissal } from "./inputs.ts";

/** Somebody has read of what nothing can end, such as work that came past a gate. It stays on record. */
export const incidentDismissed = defineEvent({
  type: "incident_dismissed",
  payload: incidentDismissal,
  apply(tx, { incident, by }, { news }): { dismissed: number } {
    const detail = `Incident ${incident} is not one that waits to be read.`;
    if (!dismissIncident(tx, incident, by))
      throw refusal(409, "nothing_to_dismiss", detail, "GET …/attention lists those: kind past_gate.");
    news?.(`DISMISSED incident ${incident}`);
    return { dismissed: incident };
  },
});
