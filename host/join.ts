import {
  BOOT_HEADER,
  type ChannelAnswer,
  type ChannelRequest,
  channelRequest,
  PING,
  PONG,
} from "../src/ports/channel.ts";
import { pause } from "./clock.ts";
import { joinBackoffMs, joinPatienceMs, pingMs } from "./limits.ts";
import type { Log } from "./log.ts";

type Joining = {
  /** `https://…/v1/towns/{town}/hosts/{host}` */
  url: string;
  token: string;
  bootId: string;
  answer: (request: Request) => Response | Promise<Response>;
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
      const wasOpen = await this.#connectOnce();
      failures = wasOpen ? 0 : failures + 1;
      const waitMs = Math.min(joinBackoffMs.cap, joinBackoffMs.first * 2 ** Math.min(failures, 10));
      await pause(waitMs * (0.5 + Math.random() / 2), this.#closing.signal);
    }
  }

  /** Resolves once the connection is over: to whether it ever stood. */
  async #connectOnce(): Promise<boolean> {
    const { url, token, bootId, log } = this.#joining;
    const { promise, resolve } = Promise.withResolvers<void>();
    let stood = false;
    let heardAtMs = performance.now();
    const headers = { authorization: `Bearer ${token}`, [BOOT_HEADER]: bootId };
    // Node's own WebSocket takes headers, unlike a browser's.
    const socket = new WebSocket(channelUrl(url), { headers } as unknown as string[]);
    this.#socket = socket;
    const pinging = setInterval(() => {
      if (performance.now() - heardAtMs > joinPatienceMs) return resolve();
      if (socket.readyState === WebSocket.OPEN) socket.send(PING);
    }, pingMs);
    socket.onopen = () => {
      stood = true;
      heardAtMs = performance.now();
      this.#say(`joined ${url}`);
    };
    socket.onmessage = ({ data }) => {
      heardAtMs = performance.now();
      if (data !== PONG) void this.#hear(socket, data);
    };
    socket.onerror = () => resolve();
    socket.onclose = ({ code, reason }) => {
      if (code !== 1000 && reason) log(`the town closed the connection: ${reason}`);
      resolve();
    };
    await promise;
    clearInterval(pinging);
    socket.close();
    if (!this.#closing.signal.aborted)
      this.#say(
        stood
          ? "the connection to the town was lost; dialling again"
          : `${url} does not answer, or does not know this host's token; trying again`,
      );
    return stood;
  }

  async #hear(socket: WebSocket, data: unknown): Promise<void> {
    const asked = typeof data === "string" ? channelRequest.safeParse(parseJson(data)) : undefined;
    if (!asked?.success) return;
    const response = await this.#joining.answer(this.#asRequest(asked.data));
    const answer: ChannelAnswer = { id: asked.data.id, status: response.status, body: await response.text() };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(answer));
  }

  #asRequest({ method, path, body }: ChannelRequest): Request {
    const headers = { authorization: `Bearer ${this.#joining.token}`, "content-type": "application/json" };
    return new Request(`http://host${path}`, { method, headers, body: body && this.#reachable(body) });
  }

  /** Reports go the way on which this host was told to join: how others reach the town may be of no use here. */
  #reachable(body: string): string {
    const value = parseJson(body) as { reporting?: { url?: string } } | null;
    if (typeof value?.reporting?.url !== "string") return body;
    const { pathname, search } = new URL(value.reporting.url);
    const url = new URL(pathname + search, this.#joining.url).href;
    return JSON.stringify({ ...value, reporting: { ...value.reporting, url } });
  }

  /** The same again says nothing. */
  #say(what: string): void {
    if (what !== this.#lastSaid) this.#joining.log(what);
    this.#lastSaid = what;
  }
}

/** @throws Error if it is no URL of a host of a town */
export function joinUrl(text: string): string {
  const url = URL.parse(text.replace(/\/+$/, ""));
  if (url && /^https?:$/.test(url.protocol) && /^\/v1\/towns\/[^/]+\/hosts\/[^/]+$/.test(url.pathname)) return url.href;
  throw new Error(`${text}: use what \`POST …/hosts\` answered as \`join\`: https://…/v1/towns/TOWN/hosts/HOST`);
}

const channelUrl = (url: string): string => `${url.replace(/^http/, "ws")}/channel`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
