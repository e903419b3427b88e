import { dismissFromQuarantine } from "../db/quarantine.ts";
import { dismissedSchema } from "../views/common.ts";
import { defineCommand } from "./define.ts";
import { numberIn } from "./inputs.ts";

/** The operator has read what could not be applied, and wants it gone. */
export const dismissQuarantinedCommand = defineCommand({
  name: "dismiss-quarantined",
  type: "event_dismissed",
  method: "DELETE",
  path: "/quarantine/{event}",
  scope: "work:control",
  summary: "Dismisses an event that could not be applied, once it was read.",
  params: { event: numberIn("an event's id: GET …/quarantine lists them") },
  output: dismissedSchema,
  apply: (tx, { event }, ctx) => dismissFromQuarantine(tx, event, ctx),
  answer: (dismissed) => dismissed,
});
