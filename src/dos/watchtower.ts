import { DurableObject } from "cloudflare:workers";
import { log, logNews } from "../lib/log.ts";
import { messageOf } from "../lib/text.ts";
import type { WatchMode } from "../reconciler/watch.ts";
import type { Env } from "./env.ts";
import { Lookout, type Trouble } from "./lookout.ts";
import type { WatchtowerObject } from "./objects.ts";
import { systemClock } from "./ports.ts";

const RESTARTS_PER_HOUR = 3;

/** One shard of the towns, watched from outside. Wakes by its own alarm, and by cron in case that was lost. */
export class Watchtower extends DurableObject<Env> implements WatchtowerObject {
  readonly #lookout: Lookout;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { TOWN: towns, WATCHTOWER_RESTARTS_PER_HOUR: restarts } = env;
    const mode = this.#mode;
    this.#lookout = new Lookout(ctx.storage.sql, {
      mode,
      restartsPerHour: Number(restarts ?? RESTARTS_PER_HOUR),
      clock: systemClock,
      ask: (town) => towns.getByName(town).watched(mode),
      restart: (town) => towns.getByName(town).restart(),
      log: (line) => logNews(line),
    });
  }

  async expect(town: string, atMs: number): Promise<void> {
    if (this.#mode === "off") return;
    this.#lookout.expect(town, atMs);
    await this.#arm();
  }

  override async alarm(): Promise<void> {
    await this.watch();
  }

  async watch(): Promise<void> {
    try {
      if (this.#mode !== "off") await this.#lookout.lookAround();
    } catch (error) {
      log("error", `the watchtower could not look around: ${messageOf(error)}`);
    }
    await this.#arm();
  }

  troubles(): Trouble[] {
    return this.#lookout.troubles();
  }

  get #mode(): WatchMode {
    const { WATCHTOWER_MODE: mode } = this.env;
    return mode === "detect" || mode === "off" ? mode : "heal";
  }

  async #arm(): Promise<void> {
    const { nextMs } = this.#lookout;
    if (nextMs === null || this.#mode === "off") await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(nextMs, Date.now() + 1_000));
  }
}
