import type { Env } from "../../src/dos/env.ts";
import type { Stirred } from "./costs.ts";
import { CountedTown } from "./counted-town.ts";

type Times = Pick<Stirred, "incarnations" | "alarmsFired" | "requests">;

/** By object, for all its incarnations: they share the isolate. */
const times = new Map<string, Times>();

/** A town that counts what wakes it, too. */
export class WatchedTown extends CountedTown {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#times().incarnations++;
  }

  #times(): Times {
    const id = this.ctx.id.toString();
    const known = times.get(id) ?? { incarnations: 0, alarmsFired: 0, requests: 0 };
    times.set(id, known);
    return known;
  }

  override async alarm(): Promise<void> {
    this.#times().alarmsFired++;
    return super.alarm();
  }

  override async fetch(request: Request): Promise<Response> {
    this.#times().requests++;
    return super.fetch(request);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    this.#times().requests++;
    return super.webSocketMessage(socket, message);
  }

  override async query(...asked: Parameters<CountedTown["query"]>) {
    this.#times().requests++;
    return super.query(...asked);
  }

  /** The watchtower looks. */
  override watched(...asked: Parameters<CountedTown["watched"]>) {
    this.#times().requests++;
    return super.watched(...asked);
  }

  /** Since the last call, which itself may have woken it. */
  stirred(): Stirred {
    const since = { ...this.take().cost, ...this.#times() };
    times.delete(this.ctx.id.toString());
    return since;
  }
}
