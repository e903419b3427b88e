import { dismissFromQuarantine } from "../db/quarantine.ts";
import { dismissedSchema } from "../views/common.ts";
import { defineCommand } from "./define.ts";

export const dismissAllQuarantinedCommand = defineCommand({
  name: "dismiss-all-quarantined",
  type: "event_dismissed",
  method: "DELETE",
  path: "/quarantine",
  scope: "work:control",
  summary: "Dismisses all events that could not be applied.",
  output: dismissedSchema,
  apply: (tx, _, ctx) => dismissFromQuarantine(tx, null, ctx),
  answer: (dismissed) => dismissed,
});
