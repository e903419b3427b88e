import type { Changed } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";
import type { Report } from "../protocol/reports.ts";
import type { QueryName } from "../queries/index.ts";
import type { Result } from "./result.ts";

/** No host is called so. */
const TAG = "stream:";

/** What a town lends to those who follow it. */
interface Lent {
  read<T>(query: (tx: Tx) => T): Result<T>;
  query(name: QueryName, input: unknown): Promise<Result<unknown>>;
}

/** Who follows a town. The platform keeps their sockets while the town sleeps. */
export class Streams {
  readonly #ctx: DurableObjectState;
  readonly #lent: Lent;

  constructor(ctx: DurableObjectState, lent: Lent) {
    this.#ctx = ctx;
    this.#lent = lent;
  }

  /** A commit has changed something, or nothing. */
  changed({ tick, changes }: Changed): void {
    if (changes.length > 0) this.#send({ type: "change", seq: tick, changes });
  }

  /** Runs have said something. */
  reported(_reports: readonly Report[]): void {}

  /** @returns null where it is about something else */
  async fetch(request: Request): Promise<Response | null> {
    if (!/\/towns\/[^/]+\/stream$/.test(new URL(request.url).pathname)) return null;
    const tick = this.#lent.read((tx) => readTown(tx).ticks);
    if (!tick.ok) return Response.json(tick.problem, { status: tick.problem.status });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours, [TAG]);
    ours.send(JSON.stringify({ type: "hello", seq: tick.value }));
    return new Response(null, { status: 101, webSocket: theirs });
  }

  isOf = (socket: WebSocket): boolean => this.#ctx.getTags(socket)[0] === TAG;

  hear(_socket: WebSocket, _message: string | ArrayBuffer): void {}

  lost(_socket: WebSocket): void {}

  #send(message: object): void {
    const text = JSON.stringify(message);
    for (const socket of this.#ctx.getWebSockets(TAG)) socket.send(text);
  }
}
