import { sql } from "drizzle-orm";
import type { WebhookOrder, WebhookReply } from "../../src/ports/ports.ts";
import { attentionOf } from "../../src/queries/attention/index.ts";
import type { Told } from "./scenario.ts";
import type { CrashWorld } from "./world.ts";

const ANSWERS_AFTER_MS = 30;

interface Row {
  id: number;
  type: string;
  state: string;
  enabled: number;
}

/** Who is told by a webhook, and what must hold of that whatever strikes the town: nothing is told that did not happen, and all is told. */
export class Receiver {
  readonly #world: CrashWorld;
  readonly #told: Told;
  /** How often each message came, and what it said. */
  readonly #came = new Map<string, { times: number; body: string }>();
  readonly #taken = new Set<string>();
  /** Webhooks that a call of this incarnation is out to. */
  #out = new Set<string>();

  constructor(world: CrashWorld, told: Told) {
    this.#world = world;
    this.#told = told;
  }

  /** The town died: nobody waits for its answers. */
  died(): void {
    this.#out = new Set();
  }

  async hears({ host: webhook, id, body }: WebhookOrder): Promise<WebhookReply> {
    const { town, clock } = this.#world;
    const say = (text: string) => this.#world.violation(`webhooks: ${id} ${text}`);
    if (town.isInTransaction) say("is told before it is committed");
    if (this.#out.has(webhook)) say(`is told to ${webhook} beside another`);
    const effect = sql`SELECT 1 FROM effects WHERE action = 'deliver_webhook' AND tries > 0 AND json_extract(payload, '$.delivery') = ${numberOf(id)}`;
    if (!town.tx.get(effect)) say("is told without a row");
    const before = this.#came.get(id);
    if (before && before.body !== body) say("says something else the second time");
    const times = (before?.times ?? 0) + 1;
    this.#came.set(id, { times, body });
    const { type } = JSON.parse(body) as { type: string };
    const answer = this.#told.answers?.(type, times, this.#came.size) ?? "yes";
    if (answer === "yes") this.#taken.add(id);
    this.#out.add(webhook);
    const out = this.#out;
    if (answer === "never") {
      clock.after(15_000, () => out.delete(webhook)); // its deadline
      return new Promise(() => undefined);
    }
    await new Promise<void>((resolve) => clock.after(ANSWERS_AFTER_MS, resolve));
    out.delete(webhook);
    if (answer === "rejects") throw new Error("the line broke");
    const status = { yes: 204, no: 503, gone: 410 }[answer];
    return { accepted: answer === "yes", code: `http_${status}`, message: `answered ${status}: with nothing` };
  }

  /** All is over. */
  inspect(): void {
    const { town, clock } = this.#world;
    const rows = town.tx.all<Row>(
      sql`SELECT d.id, d.type, d.state, w.enabled FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id ORDER BY d.id`,
    );
    const say = (text: string) => this.#world.violation(`webhooks: ${text}`);
    for (const { id, type, state, enabled } of rows) {
      if (state === "pending" && enabled) say(`delivery ${id} (${type}) waits at the end`);
      if (state === "delivered" && ![...this.#taken].some((taken) => numberOf(taken) === id))
        say(`delivery ${id} (${type}) counts as delivered, and nobody took it`);
      if (state === "failed" && !this.#told.givesUp) say(`delivery ${id} (${type}) was given up`);
    }
    for (const [type, wanted] of Object.entries(this.#told.events)) {
      const got = rows.filter((row) => row.type === type).length;
      if (got !== wanted) say(`${got} of ${type} were written down instead of ${wanted}`);
    }
    const given = town.tx.all<{ id: string }>(sql`SELECT id FROM webhooks WHERE given_up IS NOT NULL ORDER BY id`);
    const told = attentionOf(town.tx, clock.nowMs).items.flatMap(({ kind, target }) =>
      kind === "webhook_disabled" ? [target.id] : [],
    );
    if (told.sort().join() !== given.map(({ id }) => id).join())
      say(`a person is told that the town disabled ${told.join() || "none"}, and it disabled ${JSON.stringify(given)}`);
  }
}

const numberOf = (id: string): number => Number(id.split("_").at(-1));
