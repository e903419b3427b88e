import { z } from "zod";
import { stopPastLimit } from "../attempts/limit.ts";
import { defineAction } from "./define.ts";

/** End a run or a landing that lasts longer than its host was told, also where its reports go on. `stop_run` then has a run's host end it. */
export const stopAttemptPastLimit = defineAction({
  type: "stop_past_limit",
  kind: "stop",
  payload: z.object({ fence: z.number() }),
  concerns: ({ fence }) => ({ attempt: fence }),
  apply: (tx, { fence }, ctx) => stopPastLimit(tx, fence, ctx),
});
