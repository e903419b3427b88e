import { eq } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../attempts/hosts.ts";
import { lacks } from "../attempts/room.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { defineEvent } from "./define.ts";

/** A host has dialled in. */
export const hostConnected = defineEvent({
  type: "host_connected",
  payload: z.strictObject({ host: slug, bootId: z.string().min(1).max(100) }),
  apply(tx, { host: id, bootId }, { nowMs, news }): JoinedHost {
    const { refused, full, bootId: before } = existingHost(tx, id);
    // Another boot may go on asking for its place.
    const isAnother = refused?.code === "host_elsewhere" && refused.bootId !== bootId;
    const set = {
      ...{ bootId, connectedAtMs: nowMs, seenAtMs: nowMs, admits: null },
      ...(!isAnother && { refused: null }),
      // What the one before it lacked says nothing of this one.
      ...(before !== bootId && { full: null }),
    };
    if ((refused && !isAnother) || (before !== bootId && lacks(full))) news?.(`MENDED host ${id}`);
    return tx.update(hosts).set(set).where(eq(hosts.id, id)).returning().get();
  },
});
