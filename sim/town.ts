import { openDb, type Tx } from "../src/db/client.ts";
import { town as townTable } from "../src/db/schema.ts";
import { ObjectAlarm } from "../src/dos/ports.ts";
import { factOf, verdictOf } from "../src/dos/reported.ts";
import { PLATFORM_CONNECTIONS } from "../src/lib/lane.ts";
import { type Settings, settingsSchema } from "../src/lib/settings.ts";
import type { AgentHost, Ports, WebhookOrder, WebhookReply } from "../src/ports/ports.ts";
import type { Report, Verdict } from "../src/protocol/reports.ts";
import { waitingForPeople } from "../src/queries/attention/told.ts";
import { type InFlight, nothingInFlight } from "../src/reconciler/in-flight.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { NEXT_WITHIN_MS } from "../src/reconciler/limits.ts";
import { Loop } from "../src/reconciler/loop.ts";
import type { Watched, WatchMode } from "../src/reconciler/watch.ts";
import { checksMark } from "../src/unreadable/checks.ts";
import type { Clockwork } from "./clockwork.ts";
import { Crash } from "./crash.ts";
import type { SqlEngine } from "./engine.ts";
import { PlatformAlarm } from "./platform-alarm.ts";

/** One life of the object: until it is crashed. */
interface Incarnation {
  number: number;
  loop: Loop;
  alarm: ObjectAlarm;
  /** Effects that this one has asked a host for, and the tick at which it was born. */
  bornAtTick: number;
  isRinging: boolean;
  /** Resolves when it dies: who waits for an answer hears none. */
  dead: PromiseWithResolvers<null>;
}

const ALARM_AGAIN_MS = 1_000;

/** So long a commit may take to be on disk. */
const SYNC_MS = 5;

/** What comes while a commit is on its way to disk waits for it: so long at most. */
export const GATHERED_MS = SYNC_MS + 1;

/** An accepted start or landing waits for what comes next before that: so long at most. */
export const ACCEPTED_MS = NEXT_WITHIN_MS + GATHERED_MS;

/**
 * The town's object as the platform treats it: one alarm, incarnations that die and come back when something touches
 * them. The engine inside is the real one; only this shell is the simulator's, in the place of `dos/town.ts`.
 */
export class SimTown {
  readonly engine: SqlEngine;
  /** For who looks at its rows and is no part of it. */
  readonly looks: SqlEngine["sql"];
  readonly db;
  readonly platform: PlatformAlarm;
  readonly #world: Clockwork;
  readonly #host: (alive: () => boolean) => AgentHost;
  #life: Incarnation | null = null;
  #number = 0;
  /** When it last waited for the disk. */
  #syncedAtMs = Number.NEGATIVE_INFINITY;
  #inTransaction = false;
  #staged: (() => void)[] = [];
  /** How far the town's own clock is off. */
  skewMs = 0;
  /** So many calls to its own host may be out at once. */
  connections = PLATFORM_CONNECTIONS;
  crashes = 0;
  calls = 0;
  commits = 0;
  /** Statements that changed more than the loop's own record and a lease. */
  changes = 0;
  /** Called before each statement and commit of the town: a crash, or a failing disk, strikes here. */
  beforeCall: () => void = () => {};
  /** Called where the town waits: for a host's answer, a timer, the disk. */
  atAwait: () => void = () => {};
  log: (line: string) => void = () => {};
  /** An incarnation has died; another has begun, and has done nothing yet. */
  died: () => void = () => {};
  booted: () => void = () => {};
  /** The outermost transaction is through, and nothing else has happened since. */
  committed: () => void = () => {};
  /** What a webhook's receiver answers; it is asked in the turn in which the call leaves. */
  receiver: (order: WebhookOrder) => Promise<WebhookReply> = () =>
    Promise.resolve({ accepted: true, code: "http_204", message: "answered 204: with nothing" });
  /** The town says when it wakes next, for whoever watches it. */
  wakes: (atMs: number | null) => void = () => {};
  /** What never comes back in this incarnation: the disk, or every timer and every answer. */
  hangs: { disk: boolean; timers: boolean } = { disk: false, timers: false };

  constructor(
    world: Clockwork,
    settings: Partial<Settings>,
    host: (alive: () => boolean) => AgentHost,
    engine: SqlEngine,
  ) {
    this.#world = world;
    this.#host = host;
    this.engine = engine;
    this.looks = engine.looks ?? engine.sql;
    const looking = { sql: this.looks, transactionSync: <T>(body: () => T) => engine.transactionSync(body) };
    this.db = openDb(looking as unknown as DurableObjectStorage);
    this.platform = new PlatformAlarm(
      world,
      () => this.nowMs,
      () => this.#ring(),
    );
    const row = {
      id: 1,
      name: "sim",
      createdAtMs: this.nowMs,
      settings: settingsSchema.parse(settings),
      checkedAs: checksMark,
    };
    this.db.insert(townTable).values(row).run();
  }

  /** Looks at rows, and writes what a disaster would: not part of the town's own doing. */
  get tx(): Tx {
    return this.db as unknown as Tx;
  }

  get isInTransaction(): boolean {
    return this.#inTransaction;
  }

  /** By the town's own clock. */
  get nowMs(): number {
    return this.#world.nowMs + this.skewMs;
  }

  get alarmAtMs(): number | null {
    return this.platform.atMs;
  }

  get alarms(): number {
    return this.platform.rings;
  }

  /** The present incarnation, if there is one. */
  get life(): { number: number; bornAtTick: number } | null {
    return this.#life;
  }

  /** Its alarm's handler is at work: the dead-man stands, and the pass comes once that is on disk. */
  get isRinging(): boolean {
    return this.#life?.isRinging ?? false;
  }

  /** What this incarnation asks of hosts now. */
  get inFlight(): InFlight {
    return this.#life?.loop.inFlight ?? nothingInFlight;
  }

  /** The object dies here and now: what runs in it is cut off, rows and alarm stay. */
  crash(): void {
    this.crashes++;
    this.#number++;
    this.#life?.dead.resolve(null);
    this.#life = null;
    this.hangs = { disk: false, timers: false };
    this.died();
  }

  tell(facts: Fact[], kept: boolean) {
    return this.#awake().loop.tick(facts, kept).outcomes;
  }

  report(report: Report, bootId = "boot"): Verdict {
    const [outcome] = this.tell([factOf(bootId, report, undefined)], true);
    return verdictOf(outcome);
  }

  /** As it comes to the object by its route: in one pass with what else comes while a commit is on its way. Null: the town died. */
  async reportLater(report: Report, bootId: string): Promise<Verdict | null> {
    const { loop, number, dead } = this.#awake();
    try {
      const told = await Promise.race([loop.take([factOf(bootId, report, undefined)]), dead.promise]);
      return told && number === this.#number ? verdictOf(told.outcomes[0]) : null;
    } catch (error) {
      if (number !== this.#number) return null;
      throw error;
    }
  }

  /** A commit was on its way a moment ago: something may wait for it to be taken with the next pass. */
  get mayGather(): boolean {
    return this.#world.nowMs - this.#syncedAtMs <= GATHERED_MS;
  }

  /** A person has it look at everything again. */
  reconcile(): void {
    const { loop } = this.#awake();
    loop.reader.lookThrough("sim");
    loop.tick();
  }

  /** Somebody calls it, and it is there. */
  touch(): void {
    this.#awake();
  }

  /** Somebody asks how it is, as every route does. */
  look(): void {
    this.#awake().loop.rearm();
  }

  /** As the watchtower does, by RPC. */
  watched(mode: WatchMode): Watched {
    return this.#awake().loop.watched("the watchtower", mode);
  }

  /** The watchtower's last resort. */
  restart(): void {
    this.#awake().loop.restarting("the watchtower");
    this.crash();
  }

  #awake(): Incarnation {
    if (!this.#life) {
      this.#life = this.#boot();
      this.booted();
    }
    if (!this.#life) throw new Crash();
    return this.#life;
  }

  #boot(): Incarnation {
    const number = this.#number;
    const alive = () => number === this.#number;
    const guarded = <T>(body: () => T): T => {
      if (!alive()) throw new Crash();
      return body();
    };
    const { engine } = this;
    const storage = {
      sql: {
        exec: (...args: Parameters<typeof engine.sql.exec>) =>
          guarded(() => this.#call(args[0], () => engine.sql.exec(...args))),
      },
      // One that died in it never comes to its commit, whatever it did with the error.
      transactionSync: <T>(body: () => T) =>
        guarded(() =>
          this.#atomically(() => {
            const value = body();
            return guarded(() => value);
          }),
        ),
    };
    const alarm = new ObjectAlarm({
      setAlarm: (atMs: number) => guarded(() => this.#stage(() => this.platform.set(atMs))),
      deleteAlarm: () => guarded(() => this.#stage(() => this.platform.clear())),
    } as unknown as DurableObjectStorage);
    alarm.believe(this.platform.atMs);
    const loop = new Loop(openDb(storage as unknown as DurableObjectStorage), this.#ports(alarm, alive));
    const [{ ticks = 0 } = {}] = engine.sql.exec("SELECT ticks FROM town").toArray() as { ticks?: number }[];
    return { number, loop, alarm, bornAtTick: ticks, isRinging: false, dead: Promise.withResolvers() };
  }

  #ports(alarm: ObjectAlarm, alive: () => boolean): Ports {
    const world = this.#world;
    return {
      host: this.#host(alive),
      connections: this.connections,
      webhooks: { tell: (order) => this.#told(order, alive) },
      waiting: waitingForPeople,
      random: () => world.random("town"),
      log: (line) => this.log(line),
      clock: {
        now: () => this.nowMs,
        after: (ms, then) => {
          let isStopped = false;
          this.#later(ms, alive, () => !isStopped && !this.hangs.timers && then());
          return () => {
            isStopped = true;
          };
        },
      },
      sync: () => {
        this.#syncedAtMs = world.nowMs;
        return new Promise((resolve) =>
          this.#later(world.between(0, SYNC_MS, "sync"), alive, () => !this.hangs.disk && resolve()),
        );
      },
      wakes: (atMs) => this.wakes(atMs),
      ticked: () => {},
      changed: () => {},
      meter: () => () => ({ read: 0, written: 0 }),
      alarm,
    };
  }

  /** Who has died tells nobody, and hears no answer. */
  #told(order: WebhookOrder, alive: () => boolean): Promise<WebhookReply> {
    if (!alive()) return new Promise(() => undefined);
    const reply = this.receiver(order);
    return new Promise((resolve, reject) => {
      reply.then(
        (said) => alive() && resolve(said),
        (error) => alive() && reject(error),
      );
    });
  }

  /** What a living incarnation waits for. */
  #later(ms: number, alive: () => boolean, resume: () => void): void {
    this.#world.after(ms, () => {
      if (alive()) this.atAwait();
      if (alive()) resume();
    });
  }

  /** The alarm is part of the transaction it is set in. */
  #atomically<T>(body: () => T): T {
    if (this.#inTransaction) return this.engine.transactionSync(body);
    this.#inTransaction = true;
    this.#staged = [];
    try {
      const result = this.engine.transactionSync(() => {
        const value = body();
        this.beforeCall(); // the commit
        return value;
      });
      this.commits++;
      for (const act of this.#staged) act();
      this.committed();
      return result;
    } finally {
      this.#inTransaction = false;
    }
  }

  #call<T>(query: string, body: () => T): T {
    this.calls++;
    this.beforeCall();
    if (isChange(query)) this.changes++;
    return body();
  }

  #stage(act: () => void): Promise<void> {
    if (this.#inTransaction) this.#staged.push(act);
    else {
      this.beforeCall();
      act();
    }
    return Promise.resolve();
  }

  /** The platform's call of the alarm handler. What it resolves to tells whether the handler came to its end. */
  #ring(): Promise<boolean> {
    let life: Incarnation;
    try {
      life = this.#awake();
    } catch (error) {
      if (error instanceof Crash) return Promise.resolve(false);
      throw error;
    }
    // The platform runs one alarm at a time: the next one waits until this one is through.
    if (life.isRinging) {
      if (this.platform.atMs === null) this.platform.set(this.nowMs + ALARM_AGAIN_MS);
      return Promise.resolve(true);
    }
    life.isRinging = true;
    life.alarm.fired();
    return life.loop.alarm().then(
      () => {
        life.isRinging = false;
        return life.number === this.#number;
      },
      () => {
        life.isRinging = false;
        return false;
      },
    );
  }
}

const changes = new Map<string, boolean>();

function isChange(query: string): boolean {
  let known = changes.get(query);
  if (known === undefined) {
    known =
      /^(insert|update|delete)/i.test(query) &&
      !/^update "town" set (?!"breaker")/.test(query) &&
      !/^update "attempts" set "lease_until_ms" = \?, "last_boot_id"/.test(query);
    changes.set(query, known);
  }
  return known;
}
