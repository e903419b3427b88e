import type { ChannelAnswer, ChannelReport } from "../src/protocol/channel.ts";
import { socketReportMs } from "./limits.ts";

type Waiting = (answer: ChannelAnswer | null) => void;

/**
 * Reports through the socket by which a joined host gets its orders. Whatever keeps one from being answered there, it goes over HTTP at
 * once: the town knows by its number whether it has heard it before.
 */
export class ReportFrames {
  /** Where the reports of its town go over HTTP. */
  readonly #url: string;
  readonly #waiting = new Map<string, Waiting>();
  #socket: WebSocket | null = null;
  #atOnce = 0;
  /** A report was not answered there in time. */
  #isDoubted = false;
  #sent = 0;

  /** @param join where this host joins: `https://…/v1/towns/{town}/hosts/{host}` */
  constructor(join: string) {
    this.#url = join.replace(/\/hosts\/[^/]+$/, "/reports");
  }

  /** The town has said that it takes reports there. @param atOnce so many may wait for their answer */
  opened(socket: WebSocket, atOnce: number): void {
    this.#socket = socket;
    this.#atOnce = atOnce;
    this.#isDoubted = false;
  }

  closed(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    for (const settle of this.#waiting.values()) settle(null);
  }

  heard(answer: ChannelAnswer): void {
    this.#isDoubted = false;
    this.#waiting.get(answer.id)?.(answer);
  }

  /**
   * @param url where it would go over HTTP
   * @returns null: it has to go that way, heard or not
   * @throws what `signal` says, once that is aborted
   */
  async send(url: string, report: ChannelReport["report"], signal: AbortSignal): Promise<ChannelAnswer | null> {
    const socket = this.#socket;
    if (url !== this.#url || this.#isDoubted || this.#waiting.size >= this.#atOnce) return null;
    if (socket?.readyState !== WebSocket.OPEN) return null;
    const id = `r${++this.#sent}`;
    const { promise, resolve, reject } = Promise.withResolvers<ChannelAnswer | null>();
    const abort = () => reject(signal.reason);
    const timer = setTimeout(() => {
      this.#isDoubted = true;
      resolve(null);
    }, socketReportMs);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.set(id, resolve);
    try {
      signal.throwIfAborted();
      socket.send(JSON.stringify({ id, report } satisfies ChannelReport));
      const answer = await promise;
      return answer && isFinal(answer) ? answer : null;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(id);
    }
  }
}

/** A town that has no room for it there, or something that ails it, may do better over HTTP, and is told what ails it by that. */
const isFinal = ({ status }: ChannelAnswer): boolean => status !== 429 && status < 500;
