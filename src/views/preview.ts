import { z } from "zod";
import { time } from "./common.ts";

/** An action as it is planned: its type, and what it is about. */
const action = z.looseObject({ type: z.string() });

/** What the next pass would do. */
export const previewSchema = z
  .object({
    actions: z.array(action),
    refused: z
      .array(action.extend({ gate: z.string(), why: z.string(), until: time }))
      .describe("what would begin as well, were it not for a gate"),
    heldBack: z
      .array(z.object({ action: z.string(), times: z.int(), why: z.string(), until: time }))
      .describe("what waits since it came to nothing"),
  })
  .meta({ id: "Preview" });
