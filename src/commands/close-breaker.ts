import { breakerOf, forgetHostFailures, setBreaker } from "../attempts/breaker.ts";
import { existingHost } from "../attempts/hosts.ts";
import { forgetRoom } from "../attempts/room.ts";
import { readTown } from "../db/town-row.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { breakerClose } from "./inputs.ts";

/** A person says that the host is well, and has room: what it could not begin is tried again at once, as if nothing had been. */
export const breakerClosed = defineEvent({
  type: "breaker_closed",
  payload: breakerClose,
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
});
