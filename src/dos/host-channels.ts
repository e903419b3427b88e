import type { z } from "zod";
import { jsonOf } from "../lib/json.ts";
import { messageOf } from "../lib/text.ts";
import {
  type ChannelHello,
  type ChannelRequest,
  CLOSED,
  channelAnswer,
  NOT_CONNECTED,
  PING,
  PONG,
} from "../protocol/channel.ts";
import type { HostAnswer } from "../protocol/common.ts";
import { MAX_DIFF_BYTES } from "../protocol/diff.ts";
import type { Standing } from "./host-door.ts";
import { type HearingTown, REPORTS_AT_ONCE, ReportFrames } from "./report-frames.ts";

/** Hosts ask every 5 s whether the town is there. */
const SILENT_MS = 20_000;
/** An answer as JSON within JSON: within a text of JSON nothing but quotes and backslashes is escaped again. */
const MAX_FRAME_CHARS = 2 * MAX_DIFF_BYTES + 1_000;

const frameId = channelAnswer.pick({ id: true });

type Waiting = {
  host: string;
  socket: WebSocket;
  resolve: (response: Response) => void;
  reject: (error: Error) => void;
};

/**
 * The sockets that joined hosts have opened. The platform keeps them while the town sleeps; what waits for an answer is
 * memory only, since an effect that lost its runner is asked for again anyway.
 */
export class HostChannels {
  readonly #ctx: DurableObjectState;
  readonly #gone: (host: string) => void;
  readonly #waiting = new Map<string, Waiting>();
  /** Null: there is no town that could hear any. */
  #reports: ReportFrames | null = null;

  /** @param gone is told of hosts whose connection turns out to be over */
  constructor(ctx: DurableObjectState, gone: (host: string) => void) {
    this.#ctx = ctx;
    this.#gone = gone;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  /** From now on hosts are told that they may report through their sockets. */
  takeReports(town: HearingTown): void {
    this.#reports = new ReportFrames(town);
  }

  /** The newest connection of a host is the one; an earlier one is closed. */
  accept(host: string, bootId: string): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#closeAll(host, CLOSED.replaced, "a newer connection of this host has taken over");
    this.#ctx.acceptWebSocket(ours, [host]);
    ours.serializeAttachment({ atMs: Date.now(), bootId } satisfies Attached);
    if (this.#reports) ours.send(JSON.stringify({ hello: { reports: REPORTS_AT_ONCE } } satisfies ChannelHello));
    return new Response(null, { status: 101, webSocket: theirs });
  }

  dismiss(host: string, why: string, code: number = CLOSED.dismissed): void {
    this.#closeAll(host, code, why);
  }

  /** Whose connection stands. */
  standing(host: string): Standing | null {
    const socket = this.#socketOf(host);
    if (!socket) return null;
    const silentInMs = this.#heardAtMs(socket) + SILENT_MS - Date.now();
    return { bootId: attachedTo(socket).bootId, silentInMs };
  }

  /** When it was last heard of, by its pings. */
  heardAtMs(host: string): number | null {
    const socket = this.#socketOf(host);
    return socket ? this.#heardAtMs(socket) : null;
  }

  isConnected = (host: string): boolean => this.#socketOf(host) !== undefined;

  hostOf = (socket: WebSocket): string => this.#ctx.getTags(socket)[0] ?? "";

  /** As `fetch` of a host that can be reached. One that is not there has certainly not heard of it. */
  async fetch(host: string, path: string, { method = "GET", body = null, signal }: RequestInit): Promise<Response> {
    const socket = this.#socketOf(host);
    if (!socket) {
      this.#closeAll(host, CLOSED.silent, "nothing was heard of this host for too long");
      await Promise.resolve(); // the pass that asks may have more to launch, which the pass that this brings must count
      this.#gone(host);
      return notThere(`Host ${host} is not connected.`);
    }
    const id = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#waiting.set(id, { host, socket, resolve, reject });
    signal?.addEventListener("abort", () => reject(new Error("the answer is not waited for any more")), { once: true });
    try {
      socket.send(JSON.stringify({ id, method, path, body } as ChannelRequest));
      return await promise;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /**
   * What a host says. A report is answered, whatever it is. An answer that can't be read settles what it answers at once; what is
   * neither ends the connection, and with it all that waits for this host. An answer that is not waited for any more is passed over.
   */
  hear(socket: WebSocket, message: string | ArrayBuffer): void {
    const host = this.hostOf(socket);
    const frame = typeof message === "string" && message.length <= MAX_FRAME_CHARS ? jsonOf(message) : null;
    const id = frameId.safeParse(frame).data?.id;
    if (id === undefined) this.#hangUp(socket, host);
    else if (this.#reports && isReport(frame)) this.#ctx.waitUntil(this.#answer(socket, this.#reports, id, frame));
    else this.#settle(host, id, frame);
  }

  #settle(host: string, id: string, frame: unknown): void {
    const waiting = this.#waiting.get(id);
    if (waiting?.host !== host) return;
    const answer = channelAnswer.safeParse(frame);
    try {
      if (!answer.success) throw new Error(problemOf(answer.error));
      const { status, body } = answer.data;
      waiting.resolve(new Response(body === "" ? null : body, { status }));
    } catch (error) {
      waiting.reject(new Error(`the answer of host ${host} can't be read: ${messageOf(error)}`));
    }
  }

  async #answer(socket: WebSocket, reports: ReportFrames, id: string, frame: unknown): Promise<void> {
    const answer = await reports.hear(this.hostOf(socket), id, frame);
    // The host that can't hear it says the same again over HTTP.
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(answer));
  }

  /** Its host dials again; what it was asked may have happened all the same. */
  #hangUp(socket: WebSocket, host: string): void {
    socket.close(CLOSED.odd, "what you sent is no answer: write {id, status, body}, as JSON");
    this.#gone(host);
  }

  /** Requests to this host wait in vain: what it was asked may have happened all the same. */
  lost(host: string): void {
    const isBack = this.isConnected(host);
    // What was asked through the former connection is answered by none.
    for (const waiting of this.#waiting.values())
      if (waiting.host === host && !(isBack && waiting.socket.readyState === WebSocket.OPEN))
        waiting.reject(new Error(`the connection of host ${host} was lost`));
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
    return Math.max(pinged, attachedTo(socket).atMs);
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

/** No answer has this word. */
const isReport = (frame: unknown): boolean => typeof frame === "object" && frame !== null && "report" in frame;

/** What is kept with a connection while the town sleeps. */
interface Attached {
  atMs: number;
  bootId: string | null;
}

/** An older release kept the time alone. */
function attachedTo(socket: WebSocket): Attached {
  const kept = socket.deserializeAttachment() as Attached | number | null;
  return typeof kept === "object" && kept !== null ? kept : { atMs: kept ?? 0, bootId: null };
}

function notThere(message: string): Response {
  const answer: HostAnswer = { accepted: false, bootId: "none", code: NOT_CONNECTED, message };
  return Response.json(answer, { status: 409 });
}

const problemOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join(".") || "(frame)"}: ${message}`).join("; ");
