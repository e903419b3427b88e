import { z } from "zod";
import { changeTown, readTown } from "../db/town.ts";
import { refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";

/** A person says that the host is well: it is asked again at once. */
export const breakerClosed = defineEvent({
  type: "breaker_closed",
  payload: z.strictObject({}),
  apply(tx) {
    const { breaker, name } = readTown(tx);
    if (breaker?.openUntilMs == null)
      throw refusal(409, "breaker_not_open", `The breaker of ${name} is not open.`, "Nothing was changed.");
    return changeTown(tx, { breaker: null });
  },
});
