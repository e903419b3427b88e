import { eq } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../attempts/hosts.ts";
import { hosts } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { defineEvent } from "./define.ts";

/** A machine with a token of this host's dialled, and was not let in. */
export const hostRefused = defineEvent({
  type: "host_refused",
  payload: z.strictObject({
    host: slug,
    bootId: z.string().min(1).max(100),
    code: z.enum(["host_elsewhere", "token_replaced", "protocol_unsupported"]),
  }),
  apply(tx, { host: id, bootId, code }, { nowMs, news }): void {
    const { refused: former } = existingHost(tx, id);
    const isSame = former?.code === code && former.bootId === bootId;
    const refused = {
      ...{ code, bootId, lastMs: nowMs },
      sinceMs: isSame ? former.sinceMs : nowMs,
      times: isSame ? former.times + 1 : 1,
    };
    if (!isSame) news?.(`TROUBLED host ${id}: boot ${bootId} is not let in (${code})`);
    tx.update(hosts).set({ refused }).where(eq(hosts.id, id)).run();
  },
});
