import { jsonOf } from "../src/lib/json.ts";
import {
  BOOT_HEADER,
  type ChannelAnswer,
  type ChannelRequest,
  CLOSED,
  channelAnswer,
  channelHello,
  channelRequest,
  PING,
  PONG,
  PROTOCOL_HEADER,
} from "../src/protocol/channel.ts";
import { PROTOCOL } from "../src/protocol/common.ts";
import { pause } from "./clock.ts";
import { whyRefused } from "./join-refusal.ts";
import { joinBackoffMs, joinPatienceMs, joinProvenMs, pingMs, placePatienceMs, refusedBackoffMs } from "./limits.ts";
import type { Log } from "./log.ts";
import type { ReportFrames } from "./report-frames.ts";

type Joining = {
  /** `https://…/v1/towns/{town}/hosts/{host}` */
  url: string;
  token: string;
  bootId: string;
  answer: (request: Request) => Response | Promise<Response>;
  /** Told when the town takes reports through the socket, and of what it answers to them. */
  frames: ReportFrames | null;
  log: Log;
};

/**
 * Dials in to a town that can't reach this host, and answers what it is asked there as if it had come over HTTP. A
 * connection that is lost, or silent, is opened again for as long as the host lives; runs go on meanwhile, and end by
 * their own lease.
 */
export class TownChannel {
  readonly #joining: Joining;
  readonly #closing = new AbortController();
  #socket: WebSocket | null = null;
  #lastSaid = "";

  constructor(joining: Joining) {
    this.#joining = joining;
    void this.#stayConnected();
  }

  close(): void {
    this.#closing.abort();
    this.#socket?.close(1000, "the host is leaving");
  }

  async #stayConnected(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const stoodMs = await this.#connectOnce();
      failures = stoodMs !== null && stoodMs >= joinProvenMs ? 0 : failures + 1;
      const waitMs = stoodMs === null ? await this.#refusedFor(failures) : backoff(joinBackoffMs, failures);
      await pause(waitMs * (0.5 + Math.random() / 2), this.#closing.signal);
    }
  }

  /** Says why it is not let in. @returns how long it waits before it asks again */
  async #refusedFor(failures: number): Promise<number> {
    if (this.#closing.signal.aborted) return 0;
    const { why, retryAfterMs } = await whyRefused(channelUrl(this.#joining.url), this.#headers);
    if (this.#closing.signal.aborted) return 0;
    this.#say(`${why}; trying again`, why.replace(/ since \S+/, ""));
    if (retryAfterMs === null) return backoff(joinBackoffMs, failures);
    const waitMs = backoff(refusedBackoffMs, failures - 1);
    if (retryAfterMs === "person") return waitMs;
    // Random variation may shorten a wait, so what the town asks for is doubled: dialling must not come too early.
    return Math.min(refusedBackoffMs.cap, Math.max(2 * retryAfterMs, Math.min(waitMs, placePatienceMs)));
  }

  get #headers(): Record<string, string> {
    const { token, bootId } = this.#joining;
    return { authorization: `Bearer ${token}`, [BOOT_HEADER]: bootId, [PROTOCOL_HEADER]: String(PROTOCOL) };
  }

  /** Resolves once the connection is over: to how long it stood, or null if it never did. */
  async #connectOnce(): Promise<number | null> {
    const { url, log } = this.#joining;
    const { promise, resolve } = Promise.withResolvers<void>();
    let openedAtMs: number | null = null;
    let heardAtMs = performance.now();
    // Node's own WebSocket takes headers, unlike a browser's.
    const address = channelUrl(url).replace(/^http/, "ws");
    const socket = new WebSocket(address, { headers: this.#headers } as unknown as string[]);
    this.#socket = socket;
    const pinging = setInterval(() => {
      if (performance.now() - heardAtMs > joinPatienceMs) return resolve();
      if (socket.readyState === WebSocket.OPEN) socket.send(PING);
    }, pingMs);
    socket.onopen = () => {
      heardAtMs = openedAtMs = performance.now();
      this.#say(`joined ${url}`);
    };
    socket.onmessage = ({ data }) => {
      heardAtMs = performance.now();
      if (data !== PONG) void this.#hear(socket, data);
    };
    socket.onerror = () => resolve();
    socket.onclose = ({ code, reason }) => {
      if (code !== 1000 && code !== CLOSED.replaced && reason)
        log(`the town closed the connection: ${reason}`, { level: "warn" });
      resolve();
    };
    await promise;
    this.#joining.frames?.closed(socket);
    clearInterval(pinging);
    socket.close();
    if (openedAtMs === null) return null;
    if (!this.#closing.signal.aborted) this.#say("the connection to the town was lost; dialling again");
    return performance.now() - openedAtMs;
  }

  async #hear(socket: WebSocket, data: unknown): Promise<void> {
    const frame = typeof data === "string" ? jsonOf(data) : null;
    const asked = channelRequest.safeParse(frame);
    if (!asked.success) return this.#hearOfReports(socket, frame);
    const response = await this.#joining.answer(this.#asRequest(asked.data));
    const answer: ChannelAnswer = { id: asked.data.id, status: response.status, body: await response.text() };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(answer));
  }

  /** What is neither is of another release, and passed over. */
  #hearOfReports(socket: WebSocket, frame: unknown): void {
    const answer = channelAnswer.safeParse(frame);
    const hello = channelHello.safeParse(frame);
    if (answer.success) this.#joining.frames?.heard(answer.data);
    else if (hello.success) this.#joining.frames?.opened(socket, hello.data.hello.reports);
  }

  #asRequest({ method, path, body }: ChannelRequest): Request {
    const headers = { authorization: `Bearer ${this.#joining.token}`, "content-type": "application/json" };
    return new Request(`http://host${path}`, { method, headers, body: body && this.#reachable(body) });
  }

  /** Reports go the way on which this host was told to join: how others reach the town may be of no use here. */
  #reachable(body: string): string {
    const value = jsonOf(body) as { reporting?: { url?: string } } | null;
    if (typeof value?.reporting?.url !== "string") return body;
    const { pathname, search } = new URL(value.reporting.url);
    const url = new URL(pathname + search, this.#joining.url).href;
    return JSON.stringify({ ...value, reporting: { ...value.reporting, url } });
  }

  /** The same again says nothing. @param gist what of it makes it the same */
  #say(what: string, gist = what): void {
    if (gist !== this.#lastSaid) this.#joining.log(what);
    this.#lastSaid = gist;
  }
}

/** @throws Error if it is no URL of a host of a town */
export function joinUrl(text: string): string {
  const url = URL.parse(text.replace(/\/+$/, ""));
  if (url && /^https?:$/.test(url.protocol) && /^\/v1\/towns\/[^/]+\/hosts\/[^/]+$/.test(url.pathname)) return url.href;
  throw new Error(`${text}: use what \`POST …/hosts\` answered as \`join\`: https://…/v1/towns/TOWN/hosts/HOST`);
}

const channelUrl = (url: string): string => `${url}/channel`;

const backoff = ({ first, cap }: { first: number; cap: number }, failures: number): number =>
  Math.min(cap, first * 2 ** Math.min(failures, 10));
