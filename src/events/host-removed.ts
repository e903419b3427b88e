import { eq } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../db/hosts.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { slug } from "../ports/protocol.ts";
import { defineEvent } from "./define.ts";

/** Its token is worth nothing from now on. What runs there may report to its end; who can't be asked any more ends at its lease. */
export const hostRemoved = defineEvent({
  type: "host_removed",
  payload: z.strictObject({ host: slug }),
  apply(tx, { host: id }): JoinedHost {
    const host = existingHost(tx, id);
    tx.delete(hosts).where(eq(hosts.id, id)).run();
    return host;
  },
});
