import { refusal } from "../lib/guard.ts";
import { dismissUnreadable } from "../unreadable/index.ts";
import { dismissedSchema } from "../views/common.ts";
import { defineCommand } from "./define.ts";
import { numberIn } from "./inputs.ts";

/** The operator has looked at what could not be read, and has put it right or wants it no more. */
export const dismissUnreadableCommand = defineCommand({
  name: "dismiss-unreadable",
  type: "unreadable_dismissed",
  method: "DELETE",
  path: "/unreadable/{id}",
  scope: "work:control",
  summary: "Dismisses what could not be read, once it was put right or is wanted no more.",
  params: { id: numberIn("an id of what is set aside: GET …/unreadable lists it") },
  output: dismissedSchema,
  apply(tx, { id }, { news }): { dismissed: number } {
    if (!dismissUnreadable(tx, id))
      throw refusal(404, "not_set_aside", `Nothing is set aside as ${id}.`, "GET …/unreadable lists what is.");
    news?.(`DISMISSED what could not be read as ${id}`);
    return { dismissed: 1 };
  },
  answer: (dismissed) => dismissed,
});
