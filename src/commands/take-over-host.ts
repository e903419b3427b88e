import { eq } from "drizzle-orm";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost, RESERVED_MS } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { hostTakeover } from "./inputs.ts";

/** An operator gives a host's place to the boot that is not let in. What runs on the other goes on, and reports. */
export const hostTakenOver = defineEvent({
  type: "host_taken_over",
  payload: hostTakeover,
  apply(tx, { host: id, boot }, { nowMs, news }): JoinedHost {
    const { refused } = existingHost(tx, id);
    if (refused?.code !== "host_elsewhere" || (boot !== undefined && refused.bootId !== boot))
      throw refusal(
        409,
        "nobody_waits",
        `${boot === undefined ? "No other machine" : `Boot ${boot}`} is asking for the place of host ${id}.`,
        "GET …/hosts says who was refused, and why.",
      );
    const admits = { bootId: refused.bootId, untilMs: nowMs + RESERVED_MS };
    news?.(`MENDED host ${id}: boot ${refused.bootId} has its place`);
    return tx.update(hosts).set({ admits, refused: null }).where(eq(hosts.id, id)).returning().get();
  },
});
