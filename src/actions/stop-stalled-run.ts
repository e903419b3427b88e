import { z } from "zod";
import { stopSilent } from "../attempts/stall.ts";
import { defineAction } from "./define.ts";

/** Give up on a run that was silent for too long. `stop_run` then has its host end it. */
export const stopStalledRun = defineAction({
  type: "stop_stalled_run",
  kind: "stop",
  payload: z.object({ fence: z.number(), sinceMs: z.number() }),
  concerns: ({ fence }) => ({ attempt: fence }),
  apply: (tx, run, ctx) => stopSilent(tx, run, ctx),
});
