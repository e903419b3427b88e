import { z } from "zod";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { dismissUnreadable } from "../unreadable/index.ts";

/** Somebody has read what could not be read, and has put it right or wants it no more. */
export const unreadableDismissed = defineEvent({
  type: "unreadable_dismissed",
  payload: z.strictObject({ id: z.int().positive() }),
  apply(tx, { id }, { news }): { dismissed: number } {
    if (!dismissUnreadable(tx, id))
      throw refusal(404, "not_set_aside", `Nothing is set aside as ${id}.`, "GET …/unreadable lists what is.");
    news?.(`DISMISSED what could not be read as ${id}`);
    return { dismissed: 1 };
  },
});
