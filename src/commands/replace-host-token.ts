import { eq } from "drizzle-orm";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { hostRenewal } from "./inputs.ts";

/** Its former token is worth nothing from now on. What runs there goes on: runs have tokens of their own. */
export const hostTokenReplaced = defineEvent({
  type: "host_token_replaced",
  payload: hostRenewal,
  apply(tx, { host: id, tokenHash }, { news }): JoinedHost {
    if (existingHost(tx, id).refused) news?.(`MENDED host ${id}: it has a new token`);
    return tx.update(hosts).set({ tokenHash, refused: null }).where(eq(hosts.id, id)).returning().get();
  },
});
