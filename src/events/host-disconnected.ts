import { eq } from "drizzle-orm";
import { z } from "zod";
import { hosts } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { defineEvent } from "./define.ts";

/** It can't be asked any more, until it dials in again. What runs there is judged by its own reports and its lease. */
export const hostDisconnected = defineEvent({
  type: "host_disconnected",
  payload: z.strictObject({ host: slug }),
  apply(tx, { host: id }, { nowMs }): void {
    // It may have been removed meanwhile.
    tx.update(hosts).set({ connectedAtMs: null, seenAtMs: nowMs }).where(eq(hosts.id, id)).run();
  },
});
