import { z } from "zod";
import { breakerOf, forgetHostFailures, setBreaker } from "../attempts/breaker.ts";
import { existingHost } from "../attempts/hosts.ts";
import { forgetRoom } from "../attempts/room.ts";
import { readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { desiredSchema, desiredView } from "../views/town.ts";
import { defineCommand } from "./define.ts";

/** A person says that the host is well, and has room: what it could not begin is tried again at once, as if nothing had been. */
export const closeBreakerCommand = defineCommand({
  name: "close-breaker",
  type: "breaker_closed",
  method: "POST",
  path: "/breaker/close",
  scope: "work:control",
  summary: "Closes the breaker of a host, so that it is asked again at once.",
  body: z.strictObject({ host: slug.optional().describe("left out: the town's own") }),
  emptyBody: true,
  output: desiredSchema,
  apply(tx, { host = null }, ctx) {
    if (host !== null) existingHost(tx, host);
    const hadNoRoom = forgetRoom(tx, host, ctx);
    if (breakerOf(tx, host)?.openUntilMs == null) {
      if (hadNoRoom) return readTown(tx);
      const whose = host === null ? `of ${readTown(tx).name}'s own host` : `of host ${host}`;
      throw refusal(409, "breaker_not_open", `The breaker ${whose} is not open.`, "Nothing was changed.");
    }
    setBreaker(tx, host, null);
    forgetHostFailures(tx, host, ctx.nowMs);
    return readTown(tx);
  },
  answer: desiredView,
});
