import { eq } from "drizzle-orm";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { hostChange } from "./inputs.ts";

/** A disabled host gets no work; what it does now it may finish. */
export const hostChanged = defineEvent({
  type: "host_changed",
  payload: hostChange,
  apply(tx, { host: id, enabled }): JoinedHost {
    existingHost(tx, id);
    return tx.update(hosts).set({ enabled }).where(eq(hosts.id, id)).returning().get();
  },
});
