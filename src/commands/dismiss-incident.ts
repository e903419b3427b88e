import { z } from "zod";
import { dismissIncident } from "../attempts/incidents.ts";
import { actorNow } from "../db/acting.ts";
import { refusal } from "../lib/guard.ts";
import { type Actor, actorWords } from "../lib/origin.ts";
import { dismissedSchema } from "../views/common.ts";
import { defineCommand } from "./define.ts";
import { by, numberIn } from "./inputs.ts";

/** As it signs, and as its token says, where it has one of its own. */
const reader = (actor: Actor | null, by: string): string =>
  actor && actor.type !== "operator" ? `${by}: ${actorWords(actor)}` : by;

/** The operator has read of what nothing can end, such as work that came past a gate. It stays on record. */
export const dismissIncidentCommand = defineCommand({
  name: "dismiss-incident",
  type: "incident_dismissed",
  method: "POST",
  path: "/incidents/{incident}/dismiss",
  scope: "work:control",
  summary: "Dismisses an incident that nothing else can end, once it was read.",
  params: { incident: numberIn("an incident's id: GET …/incidents lists them") },
  body: z.strictObject({ by }),
  emptyBody: true,
  output: dismissedSchema,
  apply(tx, { incident, by }, { news }): { dismissed: number } {
    const detail = `Incident ${incident} is not one that waits to be read.`;
    if (!dismissIncident(tx, incident, reader(actorNow(tx), by)))
      throw refusal(409, "nothing_to_dismiss", detail, "GET …/attention lists those: kind past_gate.");
    news?.(`DISMISSED incident ${incident}`);
    return { dismissed: incident };
  },
  answer: (dismissed) => dismissed,
});
