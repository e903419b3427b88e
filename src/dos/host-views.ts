/** Hosts that have joined, as the HTTP interface shows them. */
import type { HostFull, JoinedHost } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import type { Room } from "../protocol/room.ts";
import { breakerView } from "./views.ts";

export const hostView = ({
  id,
  enabled,
  connectedAtMs,
  seenAtMs,
  bootId,
  breaker,
  full,
  createdAtMs,
  refused,
}: JoinedHost) => ({
  id,
  enabled,
  connected: connectedAtMs !== null,
  connectedAt: iso(connectedAtMs),
  /** When it last came or went. */
  seenAt: iso(seenAtMs),
  /** When anything was last heard of it. */
  heardAt: iso(seenAtMs),
  boot: bootId,
  /** A machine that dials as this host and is not let in. */
  refused: refused && {
    code: refused.code,
    boot: refused.bootId,
    since: iso(refused.sinceMs),
    last: iso(refused.lastMs),
    times: refused.times,
  },
  breaker: breakerView(breaker),
  room: full && shortRoomView(full),
  createdAt: iso(createdAtMs),
});

/** How many runs a host has places for. Null: what is not known. */
interface RoomView {
  free: number;
  places: number | null;
  /** Why it starts none for now, whatever places it has. */
  lacks: string | null;
}

/** What is kept of a host that is short of room. */
const shortRoomView = ({ free, code }: HostFull): RoomView => ({
  free,
  places: null,
  lacks: code === "at_capacity" ? null : code,
});

/** As it said last. */
export const roomView = ({ free, places, lacks }: Room): RoomView => ({ free, places, lacks: lacks ?? null });
