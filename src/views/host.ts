import { z } from "zod";
import type { HostFull, JoinedHost } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import type { Room } from "../protocol/room.ts";
import { breakerSchema, breakerView, time } from "./common.ts";

/** How many runs a host has places for. */
const roomSchema = z
  .object({
    free: z.int(),
    places: z.int().nullable().describe("null: not known"),
    lacks: z.string().nullable().describe("why it starts none for now, although it has places"),
  })
  .meta({ id: "Room" });

/** A machine of an operator's that joins the town. */
const fields = z.object({
  id: z.string(),
  enabled: z.boolean(),
  connected: z.boolean(),
  connectedAt: time,
  seenAt: time.describe("when it last came or went"),
  heardAt: time.describe("when anything was last heard of it"),
  boot: z.string().nullable(),
  refused: z
    .object({ code: z.string(), boot: z.string(), since: time, last: time, times: z.int() })
    .nullable()
    .describe("a machine that dials as this host and is not let in"),
  breaker: breakerSchema,
  room: roomSchema.nullable(),
  createdAt: time,
});
export const hostSchema = fields.meta({ id: "Host" });
export type HostView = z.output<typeof hostSchema>;

/** With a token, which is told this once, and where the host joins with it. */
export const invitedHostSchema = fields.extend({ token: z.string(), join: z.string() }).meta({ id: "InvitedHost" });

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
}: JoinedHost): HostView => ({
  id,
  enabled,
  connected: connectedAtMs !== null,
  connectedAt: iso(connectedAtMs),
  seenAt: iso(seenAtMs),
  heardAt: iso(seenAtMs),
  boot: bootId,
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

/** What only its connection knows of a host. */
export interface Heard {
  /** Null: it is not connected. */
  atMs: number | null;
  /** Undefined: it has not said yet. */
  room: Room | undefined;
}

export function heardHostView(host: JoinedHost, { atMs, room }: Heard): HostView {
  const view = hostView(host);
  return { ...view, heardAt: iso(atMs) ?? view.heardAt, room: room ? roomView(room) : view.room };
}

/** What is kept of a host that is short of room. */
const shortRoomView = ({ free, code }: HostFull): z.output<typeof roomSchema> => ({
  free,
  places: null,
  lacks: code === "at_capacity" ? null : code,
});

/** As it said last. */
const roomView = ({ free, places, lacks }: Room): z.output<typeof roomSchema> => ({
  free,
  places,
  lacks: lacks ?? null,
});
