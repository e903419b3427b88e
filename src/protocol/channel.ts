/** What a town and a joined host say to each other through the socket that the host has opened. */
import { z } from "zod";
import { slug } from "./common.ts";
import { MAX_DIFF_BYTES } from "./diff.ts";

/**
 * What a joined host is asked through the socket that it opened: the same requests that a reachable one is sent over HTTP.
 * `body` is their JSON as text.
 */
export const channelRequest = z.object({
  id: z.string().min(1).max(100),
  method: z.enum(["GET", "PUT", "POST", "DELETE"]),
  path: z.string().startsWith("/").max(2_000),
  body: z.string().nullable(),
});
export type ChannelRequest = z.infer<typeof channelRequest>;

/** And what it answers: as much as the longest answer has. Who has asked reads no more of it than belongs to the question. */
export const channelAnswer = z.object({
  id: z.string().min(1).max(100),
  status: z.int().min(200).max(599),
  body: z.string().max(MAX_DIFF_BYTES),
});
export type ChannelAnswer = z.infer<typeof channelAnswer>;

/**
 * What a town says first on a socket, where it takes reports there too. A town of an earlier release says nothing, and closes a
 * connection through which a report comes; a host of an earlier release passes over what asks nothing of it.
 */
export const channelHello = z.object({
  hello: z.object({
    /** So many of them may wait for their answer at once. */
    reports: z.int().min(1).max(10_000),
  }),
});
export type ChannelHello = z.infer<typeof channelHello>;

/** What a host has to say of a run: the body that it would post, as text, with the run's own token. The town answers it as it would over HTTP. */
export const channelReport = z.object({
  id: z.string().min(1).max(100),
  report: z.object({ token: z.string(), body: z.string() }),
});
export type ChannelReport = z.infer<typeof channelReport>;

/** Which boot of the host dials in. */
export const BOOT_HEADER = "townkeeper-boot-id";
/** And which protocol it speaks; without it, the first. */
export const PROTOCOL_HEADER = "townkeeper-protocol";
export const channelQuery = z.object({
  host: slug,
  bootId: z.string().min(1).max(100),
  protocol: z.coerce.number().int().default(1),
});

/** Why a host is not let in, as it hears of it when it asks at the same address without an upgrade. */
export const channelProblem = z.object({
  code: z.string().max(100),
  detail: z.string().max(2_000),
  hint: z.string().max(2_000).optional(),
  /** When to ask again. Left out: a person has to act first. */
  retryAfterMs: z.number().positive().optional(),
});
export type ChannelProblem = z.infer<typeof channelProblem>;

/** How a town closes a connection, beside saying why. */
export const CLOSED = {
  /** The same boot has dialled anew. */
  replaced: 4000,
  /** The host was removed, or its token was replaced. */
  dismissed: 4001,
  /** Nothing was heard of it for too long: the wire may be cut without a sign. */
  silent: 4002,
  /** It said what is no answer. */
  odd: 4003,
  /** An operator gave its place to another machine. */
  takenOver: 4004,
} as const;

/** What the town says in the place of a joined host that is not there: this request it has certainly not heard. */
export const NOT_CONNECTED = "not_connected";

/** What either side sends to hear that the other is there; answered without waking the town. */
export const PING = "ping";
export const PONG = "pong";
