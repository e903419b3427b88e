/** The liar as a machine that joins: it dials in, and answers what it is asked through its socket. */
import { BOOT_HEADER, type ChannelAnswer, type ChannelRequest } from "../../src/protocol/channel.ts";
import { type Asked, LOOKED, readAsked } from "./liar.ts";
import type { Stage } from "./stage.ts";

/** How a joined host answers: it may send frames of any sort, at any time. */
export type Frames = (socket: WebSocket, request: ChannelRequest, asked: Asked) => void;

export const frame = (id: string, status: number, body: unknown): string => JSON.stringify({ id, status, body });

/** The town's own word for "don't come back". */
const DISMISSED = 4001;
const DIAL_AGAIN_MS = 200;
const ANSWERED_MS = 15_000;

export class JoinedLiar {
  readonly heard: Asked[] = [];
  readonly id: string;
  closed = "";
  /** How often it had to dial again. */
  dialled = 0;
  #isLeaving = false;
  #said = 0;
  readonly #stage: Stage;
  readonly #town: string;
  readonly #answer: Frames;
  #socket: WebSocket | null = null;
  #pinging: NodeJS.Timeout | undefined;
  readonly #reports = new Map<string, (status: number) => void>();

  constructor(stage: Stage, town: string, id: string, answer: Frames) {
    this.#stage = stage;
    this.#town = town;
    this.id = id;
    this.#answer = answer;
  }

  /** Adds the host to the town, and joins. */
  async join(): Promise<void> {
    const { token } = await this.#stage.ask("POST", `/${this.#town}/hosts`, { id: this.id });
    await this.dial(token);
  }

  async dial(token: string): Promise<void> {
    const url = `${this.#stage.url.replace(/^http/, "ws")}/v1/towns/${this.#town}/hosts/${this.id}/channel`;
    const headers = { authorization: `Bearer ${token}`, [BOOT_HEADER]: "a-boot" };
    // Node's own WebSocket takes headers, unlike a browser's.
    const socket = new WebSocket(url, { headers } as unknown as string[]);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string" || data === "pong") return;
      const request = JSON.parse(data) as ChannelRequest;
      if (!request.method) return this.#reports.get(request.id)?.((JSON.parse(data) as ChannelAnswer).status);
      const asked = readAsked(request.method, request.path, request.body ?? "");
      this.heard.push(asked);
      if (asked.kind === "look") socket.send(frame(request.id, 200, LOOKED));
      else this.#answer(socket, request, asked);
    };
    socket.onclose = ({ code, reason }) => {
      this.closed = `${code} ${reason}`;
      for (const settle of this.#reports.values()) settle(0);
      clearInterval(this.#pinging);
      // As a host does; a lie may have cost it its connection.
      if (!this.#isLeaving && code !== DISMISSED) setTimeout(() => void this.#dialAgain(token), DIAL_AGAIN_MS);
    };
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`${this.id} was not let in`));
    });
    this.#pinging = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), 5_000);
  }

  async #dialAgain(token: string): Promise<void> {
    this.dialled++;
    await this.dial(token).catch(() => undefined);
  }

  /** Says something of a run through the socket. Answers the status; 0: the connection went, or no answer came. */
  async report(token: string, body: string): Promise<number> {
    const id = `report-${++this.#said}`;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#reports.set(id, resolve);
    const timer = setTimeout(() => resolve(0), ANSWERED_MS);
    if (this.isOpen()) this.#socket?.send(JSON.stringify({ id, report: { token, body } }));
    else resolve(0);
    const status = await promise;
    clearTimeout(timer);
    this.#reports.delete(id);
    return status;
  }

  isOpen = (): boolean => this.#socket?.readyState === WebSocket.OPEN;

  starts = (): Asked[] => this.heard.filter(({ kind }) => kind === "start");

  leave(): void {
    this.#isLeaving = true;
    clearInterval(this.#pinging);
    this.#socket?.close();
  }
}
