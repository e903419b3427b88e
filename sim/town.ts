import { openDb, type Tx } from "../src/db/client.ts";
import { town as townTable } from "../src/db/schema.ts";
import { factTypeOf } from "../src/events/index.ts";
import { type Settings, settingsSchema } from "../src/lib/settings.ts";
import type { AgentHost } from "../src/ports/ports.ts";
import type { Report, Verdict } from "../src/ports/protocol.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { Loop } from "../src/reconciler/loop.ts";
import type { Clockwork } from "./clockwork.ts";
import { Crash, migrated } from "./storage.ts";

/**
 * The town's object as the platform treats it: one alarm, incarnations that die and come back when something touches
 * them. The engine inside is the real one; only this shell is the simulator's, in the place of `dos/town.ts`.
 */
export class SimTown {
  readonly storage = migrated();
  readonly db = openDb(this.storage as unknown as DurableObjectStorage);
  readonly #world: Clockwork;
  readonly #host: (alive: () => boolean) => AgentHost;
  #loop: Loop | null = null;
  #incarnation = 0;
  #alarmAtMs: number | null = null;
  #alarmTicket = 0;
  #inTransaction = false;
  #staged: number | null | undefined = undefined;
  crashes = 0;
  calls = 0;
  /** Called before each statement and commit of the town; a crash strikes here. */
  beforeCall: () => void = () => {};
  alarms = 0;
  /** How late the platform may be with an alarm. */
  alarmDelayMs: () => number = () => 0;

  constructor(world: Clockwork, settings: Partial<Settings>, host: (alive: () => boolean) => AgentHost) {
    this.#world = world;
    this.#host = host;
    const row = { id: 1, name: "sim", createdAtMs: world.nowMs, settings: settingsSchema.parse(settings) };
    this.db.insert(townTable).values(row).run();
  }

  get tx(): Tx {
    return this.db as unknown as Tx;
  }

  get alarmAtMs(): number | null {
    return this.#alarmAtMs;
  }

  /** The object dies here and now: what runs in it is cut off, rows and alarm stay. */
  crash(): void {
    this.crashes++;
    this.#incarnation++;
    this.#loop = null;
  }

  tell(facts: Fact[], kept: boolean) {
    return this.#awake().tick(facts, kept).outcomes;
  }

  report(report: Report): Verdict {
    const fact = { type: factTypeOf[report.kind], payload: { bootId: "boot", report } } as Fact;
    const [outcome] = this.tell([fact], true);
    return outcome?.status === "applied" ? (outcome.result as Verdict) : "pending";
  }

  #awake(): Loop {
    this.#loop ??= this.#boot();
    return this.#loop;
  }

  #boot(): Loop {
    const incarnation = this.#incarnation;
    const alive = () => incarnation === this.#incarnation;
    const guarded = <T>(body: () => T): T => {
      if (!alive()) throw new Crash();
      return body();
    };
    const world = this.#world;
    const storage = new Proxy(this.storage, {
      get: (target, key) => {
        if (key === "sql")
          return {
            exec: (...args: Parameters<typeof target.sql.exec>) =>
              guarded(() => this.#call(() => target.sql.exec(...args))),
          };
        if (key === "transactionSync") return <T>(body: () => T) => guarded(() => this.#atomically(body));
        return Reflect.get(target, key);
      },
    });
    return new Loop(openDb(storage as unknown as DurableObjectStorage), {
      host: this.#host(alive),
      random: world.random,
      log: () => {},
      clock: {
        now: () => world.nowMs,
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            world.after(ms, () => {
              if (alive() && !signal.aborted) resolve();
            });
          }),
      },
      sync: () => Promise.resolve(),
      wakes: () => {},
      ticked: () => {},
      meter: () => () => ({ read: 0, written: 0 }),
      alarm: {
        atMs: undefined,
        set: (atMs) => guarded(() => this.#stage(atMs)),
        clear: () => guarded(() => this.#stage(null)),
        forget: () => {},
      },
    });
  }

  /** The alarm is part of the transaction it is set in. */
  #atomically<T>(body: () => T): T {
    if (this.#inTransaction) return this.storage.transactionSync(body);
    this.#inTransaction = true;
    this.#staged = undefined;
    try {
      const result = this.storage.transactionSync(() => {
        const value = body();
        this.beforeCall(); // the commit
        return value;
      });
      if (this.#staged !== undefined) this.#arm(this.#staged);
      return result;
    } finally {
      this.#inTransaction = false;
    }
  }

  #call<T>(body: () => T): T {
    this.calls++;
    this.beforeCall();
    return body();
  }

  #stage(atMs: number | null): void {
    if (this.#inTransaction) this.#staged = atMs;
    else this.#arm(atMs);
  }

  #arm(atMs: number | null): void {
    if (atMs === this.#alarmAtMs) return;
    this.#alarmAtMs = atMs;
    const ticket = ++this.#alarmTicket;
    if (atMs !== null) this.#world.after(atMs - this.#world.nowMs + this.alarmDelayMs(), () => this.#ring(ticket));
  }

  #ring(ticket: number): void {
    if (ticket !== this.#alarmTicket) return;
    this.#alarmAtMs = null;
    this.alarms++;
    void this.#awake().alarm();
  }
}
