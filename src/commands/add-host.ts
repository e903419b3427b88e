import { hosts, type JoinedHost } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { hostAddition } from "./inputs.ts";

/** Somebody's machine may join. */
export const hostAdded = defineEvent({
  type: "host_added",
  payload: hostAddition,
  apply(tx, { id, tokenHash }, { nowMs }): JoinedHost {
    const host = tx.insert(hosts).values({ id, tokenHash, createdAtMs: nowMs }).onConflictDoNothing().returning().get();
    if (host) return host;
    throw refusal(409, "host_exists", `There is a host ${id} already.`, "Choose another id, or remove it first.");
  },
});
