/** The Worker with a town whose rows can be changed behind its back, whose alarm can be held, and whose storage can hang. */
import type { Env } from "../../src/dos/env.ts";
import { TownDO as Town } from "../../src/dos/town.ts";
import worker from "../../src/worker.ts";

export { AgentContainer, ContainerProxy, Courier, Registry, Watchtower } from "../../src/worker.ts";

export class TownDO extends Town {
  #isHeld = false;
  #hangs = false;
  #rung = 0;

  /** Runs statements that no pass would. */
  tamper(sql: string, bindings: (string | number | null)[]): unknown[] {
    return this.ctx.storage.sql.exec(sql, ...bindings).toArray();
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  hang(hangs: boolean): void {
    this.#hangs = hangs;
  }

  /** When its alarm is due, and how often one has rung. */
  async alarms(): Promise<{ at: number | null; rung: number }> {
    return { at: await this.ctx.storage.getAlarm(), rung: this.#rung };
  }

  override async alarm(...given: Parameters<Town["alarm"]>): Promise<void> {
    this.#rung++;
    if (!this.#isHeld) await super.alarm(...given);
  }

  override async query(...given: Parameters<Town["query"]>) {
    while (this.#hangs) await scheduler.wait(50);
    return super.query(...given);
  }
}

interface Asked {
  town: string;
  sql?: string;
  bindings?: (string | number | null)[];
  held?: boolean;
  hangs?: boolean;
  restart?: boolean;
  alarms?: boolean;
}

export default {
  ...worker,
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/test") return worker.fetch(request, env, ctx);
    const { town, sql, bindings = [], held, hangs, restart, alarms } = (await request.json()) as Asked;
    const stub = env.TOWN.getByName(town) as unknown as DurableObjectStub<TownDO>;
    if (held !== undefined) await stub.hold(held);
    if (hangs !== undefined) await stub.hang(hangs);
    if (restart) await stub.restart();
    if (alarms) return Response.json(await stub.alarms());
    return Response.json(sql === undefined ? [] : await stub.tamper(sql, bindings));
  },
};
