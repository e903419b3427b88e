import { type ChannelRequest, channelAnswer, type HostAnswer, PING, PONG } from "../ports/protocol.ts";

/** A newer connection of the same host has taken over. */
const REPLACED = 4000;
/** Nothing was heard of it for too long: the wire may be cut, and nobody tells. */
const SILENT = 4002;
/** Hosts ask every 5 s whether the town is there. */
const SILENT_MS = 20_000;
/** The host was removed, or its token was replaced. */
const DISMISSED = 4001;

type Waiting = { host: string; resolve: (response: Response) => void; reject: (error: Error) => void };

/**
 * The sockets that joined hosts have opened. The platform keeps them while the town sleeps; what waits for an answer is
 * memory only, since an effect that lost its runner is asked for again anyway.
 */
export class HostChannels {
  readonly #ctx: DurableObjectState;
  readonly #gone: (host: string) => void;
  readonly #waiting = new Map<string, Waiting>();

  /** @param gone is told of hosts whose connection turns out to be over */
  constructor(ctx: DurableObjectState, gone: (host: string) => void) {
    this.#ctx = ctx;
    this.#gone = gone;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  /** The newest connection of a host is the one; whatever it was before is closed. */
  accept(host: string): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#closeAll(host, REPLACED, "a newer connection of this host has taken over");
    this.#ctx.acceptWebSocket(ours, [host]);
    ours.serializeAttachment(Date.now());
    return new Response(null, { status: 101, webSocket: theirs });
  }

  dismiss(host: string, why: string): void {
    this.#closeAll(host, DISMISSED, why);
  }

  isConnected = (host: string): boolean => this.#socketOf(host) !== undefined;

  hostOf = (socket: WebSocket): string => this.#ctx.getTags(socket)[0] ?? "";

  /** As `fetch` of a host that can be reached. One that is not there has certainly not heard of it. */
  async fetch(host: string, path: string, { method = "GET", body = null, signal }: RequestInit): Promise<Response> {
    const socket = this.#socketOf(host);
    if (!socket) {
      this.#closeAll(host, SILENT, "nothing was heard of this host for too long");
      this.#gone(host);
      return notThere(`Host ${host} is not connected.`);
    }
    const id = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#waiting.set(id, { host, resolve, reject });
    signal?.addEventListener("abort", () => reject(new Error("nobody waits for the answer any more")), { once: true });
    try {
      socket.send(JSON.stringify({ id, method, path, body } as ChannelRequest));
      return await promise;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** What a host says. Anything but an answer that somebody waits for is passed over. */
  hear(socket: WebSocket, message: string | ArrayBuffer): void {
    const answer = typeof message === "string" ? channelAnswer.safeParse(parseJson(message)) : undefined;
    if (!answer?.success) return;
    const { id, status, body } = answer.data;
    const waiting = this.#waiting.get(id);
    if (waiting?.host === this.hostOf(socket)) waiting.resolve(new Response(body, { status }));
  }

  /** Whoever waits for this host waits in vain: what it was asked may have happened all the same. */
  lost(host: string): void {
    if (this.isConnected(host)) return; // it is back already
    for (const waiting of this.#waiting.values())
      if (waiting.host === host) waiting.reject(new Error(`the connection of host ${host} was lost`));
  }

  #socketOf(host: string): WebSocket | undefined {
    const sinceMs = Date.now() - SILENT_MS;
    return this.#ctx
      .getWebSockets(host)
      .findLast((socket) => socket.readyState === WebSocket.OPEN && this.#heardAtMs(socket) > sinceMs);
  }

  /** Pings are answered by the platform, which remembers when: the town sleeps on. */
  #heardAtMs(socket: WebSocket): number {
    const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(pinged, (socket.deserializeAttachment() as number | null) ?? 0);
  }

  #closeAll(host: string, code: number, why: string): void {
    for (const socket of this.#ctx.getWebSockets(host)) {
      try {
        socket.close(code, why);
      } catch {
        // it was gone already
      }
    }
  }
}

function notThere(message: string): Response {
  const answer: HostAnswer = { accepted: false, bootId: "none", code: "not_connected", message };
  return Response.json(answer, { status: 409 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
