import { systemClock } from "../ports.ts";
import type { Message, Wanted } from "./messages.ts";

/** The platform keeps a socket's tags; hosts have theirs by their names, and none is called so. */
const TAG = "stream:";
export const TOWN_TAG = `${TAG}town`;
export const logTag = (fence: number): string => `${TAG}log:${fence}`;

/** What is kept with a connection while the town sleeps. */
export interface Follower {
  /** The `seq` of the last message that was sent. */
  after: number;
  /** What it wants of the town; null: it follows the log of this attempt. */
  wanted: Wanted | null;
  /** What it may have of the log of an attempt; null: it follows the town. */
  fence: number | null;
  /** From then on it is told nothing more. Null, or of an earlier release: it is not bounded. */
  untilMs?: number | null;
  /** Characters sent since it last said that it reads. */
  sent: number;
  /** The message that it is to say so of, and how much had been sent by then. Null: it is not asked. */
  asked: { seq: number; sent: number } | null;
}

/** It is asked to say that it reads after so many characters. */
const ASKED_AFTER = 32_000;
/** So many more may be on the way before it has said so: a town holds them all in memory, for each of its followers. */
const MOST_UNREAD = 256_000;
const MOST_FOLLOWERS = 1_000;
const ACK_CHARS = 100;

/** Beside those of hosts' channels. */
const CLOSED = { slow: 4008, many: 4009, odd: 4010, over: 4011 };

/** A message, written once for all that are sent it. */
export class Written {
  readonly seq: number;
  readonly text: string;
  #asking: string | null = null;

  constructor(message: Message) {
    this.seq = message.seq;
    this.text = JSON.stringify(message);
  }

  get asking(): string {
    this.#asking ??= `${this.text.slice(0, -1)},"ack":true}`;
    return this.#asking;
  }
}

/** The connections of all that follow a town. */
export class Sockets {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  isOf = (socket: WebSocket): boolean => this.#ctx.getTags(socket)[0]?.startsWith(TAG) ?? false;

  /** Those that are there, with what is known of each. One whose time is over is sent away: it is told nothing more, and comes back by showing its token. */
  of(tag: string): { socket: WebSocket; follower: Follower }[] {
    const nowMs = systemClock.now();
    const open = this.#ctx
      .getWebSockets(tag)
      .filter(({ readyState }) => readyState === WebSocket.OPEN)
      .map((socket) => ({ socket, follower: followerOf(socket) }));
    const isOver = ({ untilMs = null }: Follower) => untilMs !== null && nowMs >= untilMs;
    for (const { socket, follower } of open)
      if (isOver(follower)) drop(socket, follower, CLOSED.over, "its time is over: come back with `after`");
    return open.filter(({ follower }) => !isOver(follower));
  }

  accept(
    tag: string,
    wanted: Pick<Follower, "wanted" | "fence" | "after" | "untilMs">,
    first: readonly Written[],
  ): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    const isFull = this.#ctx.getWebSockets(tag).length >= MOST_FOLLOWERS && this.of(tag).length >= MOST_FOLLOWERS;
    this.#ctx.acceptWebSocket(ours, [tag]);
    const follower: Follower = { ...wanted, sent: 0, asked: null };
    ours.serializeAttachment(follower);
    if (isFull) drop(ours, follower, CLOSED.many, `${MOST_FOLLOWERS} follow this already`);
    else for (const message of first) this.send(ours, message);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** What it has not read by now is not sent for ever: it is told where it left off, and may come back. */
  send(socket: WebSocket, message: Written): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const follower = followerOf(socket);
    const { asked } = follower;
    if (asked !== null && follower.sent - asked.sent + message.text.length > MOST_UNREAD) {
      drop(socket, follower, CLOSED.slow, "you read too slowly: come back with `after`");
      return;
    }
    follower.sent += message.text.length;
    follower.after = message.seq;
    const asks = asked === null && follower.sent >= ASKED_AFTER;
    if (asks) follower.asked = { seq: message.seq, sent: follower.sent };
    sendTo(socket, asks ? message.asking : message.text);
    socket.serializeAttachment(follower);
  }

  closed(socket: WebSocket): void {
    try {
      socket.close();
    } catch {
      // it was closed already
    }
  }

  /** Nothing of what happened up to there is for this one. */
  passedOver(socket: WebSocket, after: number): void {
    const follower = followerOf(socket);
    if (follower.after < after) socket.serializeAttachment({ ...follower, after } satisfies Follower);
  }

  /** It has read up to there. */
  hear(socket: WebSocket, said: string | ArrayBuffer): void {
    const follower = followerOf(socket);
    const ack = typeof said === "string" && said.length <= ACK_CHARS ? ackOf(said) : null;
    if (ack === null) return void socket.close(CLOSED.odd, "what you sent is no `ack`: write {ack: seq}, as JSON");
    const { asked } = follower;
    if (asked === null || ack < asked.seq) return;
    follower.sent -= asked.sent;
    follower.asked = null;
    socket.serializeAttachment(follower);
  }
}

const followerOf = (socket: WebSocket): Follower => socket.deserializeAttachment() as Follower;

function drop(socket: WebSocket, { after: seq }: Follower, code: number, why: string): void {
  sendTo(socket, new Written({ type: "dropped", seq, why }).text);
  socket.close(code, why);
}

function sendTo(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // it is gone, and says so by itself
  }
}

function ackOf(text: string): number | null {
  try {
    const { ack } = JSON.parse(text) as { ack?: unknown };
    return typeof ack === "number" ? ack : null;
  } catch {
    return null;
  }
}
