import { DurableObject } from "cloudflare:workers";
import { isNotNull } from "drizzle-orm";
import { createTownCommand } from "../commands/create-town.ts";
import type { Meta, Once } from "../commands/define.ts";
import type { CommandInputOf, CommandName } from "../commands/index.ts";
import { type Db, openDb, type Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { pausedAs } from "../db/pause.ts";
import { hosts, type JoinedHost, town } from "../db/schema.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { logNews } from "../lib/log.ts";
import { iso } from "../lib/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { ReportsRequest, Verdict } from "../protocol/reports.ts";
import type { QueryName } from "../queries/index.ts";
import { readRigOf } from "../queries/reads.ts";
import type { Fact } from "../reconciler/ingest.ts";
import { Loop } from "../reconciler/loop.ts";
import type { Watched, WatchMode } from "../reconciler/watch.ts";
import type { Heard } from "../views/host.ts";
import { pointTo } from "./analytics.ts";
import { keepAnswer } from "./answers.ts";
import { Beacon } from "./beacon.ts";
import { allowsPrivate, tellingOf } from "./courier.ts";
import { Desk } from "./desk.ts";
import { dialled } from "./dialled.ts";
import type { Env } from "./env.ts";
import { HostChannels } from "./host-channels.ts";
import { connectionsOf, hostOf } from "./host-of.ts";
import { MeteredStorage } from "./meter.ts";
import type { TownObject } from "./objects.ts";
import { ObjectAlarm, systemClock } from "./ports.ts";
import { factOf, verdictOf } from "./reported.ts";
import { type Result, refused, tried } from "./result.ts";
import { Rooms } from "./rooms.ts";
import { Streams } from "./streams.ts";
import { hasTables, makeTables } from "./tables.ts";
import {
  ANSWERED_MS,
  bringBack,
  hostsOf,
  keptUntilMs,
  nameTaken,
  notRemoved,
  REMOVED,
  type Removed,
  townGone,
  whatKeeps,
} from "./town-end.ts";

const WATCHTOWER = "the watchtower";
const SYNC_PATIENCE_MS = 1_000;

/** One town: records facts, answers reads, wakes by its alarm. Decisions are the reconciler's. */
export class TownDO extends DurableObject<Env> implements TownObject {
  protected readonly db: Db;
  /** Null: there is no such town. */
  protected loop: Loop | null = null;
  #desk: Desk | null = null;
  /** It was a town, and may be one again. */
  #removed: Removed | null = null;
  readonly #alarm: ObjectAlarm;
  readonly #storage: MeteredStorage;
  readonly #channels: HostChannels;
  readonly #rooms = new Rooms();
  readonly #streams: Streams;
  #beacon: Beacon | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = new MeteredStorage(ctx.storage);
    this.db = openDb(this.#storage as unknown as DurableObjectStorage);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.#channels = new HostChannels(ctx, (host) => this.#gone(host));
    this.#streams = new Streams(ctx, {
      read: (query) => this.#read(query),
      query: (name, input) => this.query(name, input),
    });
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm.believe(await ctx.storage.getAlarm());
      // A name that was only asked after leaves no database behind: tables are made by `create`.
      if (hasTables(ctx.storage.sql)) await this.#open();
    });
  }

  async execute(name: CommandName, input: unknown, meta?: Meta): Promise<Result<unknown>> {
    if (name === "create-town") return this.#create(input as CommandInputOf<"create-town">, meta);
    return this.#desk?.execute(name, input, meta) ?? townGone(this.#removed);
  }

  async query(name: QueryName, input: unknown, proves = false): Promise<Result<unknown>> {
    if (proves) {
      this.loop?.tick();
      await this.ctx.storage.sync();
    }
    return this.#desk?.query(name, input) ?? townGone(this.#removed);
  }

  async reconcile(once?: Once): Promise<Result<unknown>> {
    return this.#desk?.reconcile(once) ?? townGone(this.#removed);
  }

  async toldOnce(once: Once, value: unknown): Promise<Result<unknown>> {
    return this.#desk?.once(once, async () => ({ ok: true, value })) ?? townGone(this.#removed);
  }

  /** Its hosts' channels and its alarm end; its rows when nobody can have it back any more, or now. */
  async remove(forever: boolean): Promise<Result<unknown>> {
    const tx = this.db as unknown as Tx;
    if (!this.loop && !(this.#removed && forever)) return townGone(this.#removed);
    const atMs = systemClock.now();
    const kept = whatKeeps(tx, atMs);
    if (kept) return kept;
    const { name } = readTown(tx);
    for (const host of hostsOf(tx)) this.#channels.dismiss(host, "this town was removed");
    this.loop = null;
    this.#desk = null;
    if (forever) await this.#forget();
    else {
      changeTown(tx, { removedAtMs: atMs });
      await this.ctx.storage.setAlarm(keptUntilMs({ atMs }));
    }
    this.ctx.waitUntil(scheduler.wait(ANSWERED_MS).then(() => this.ctx.abort(REMOVED)));
    return { ok: true, value: { removed: name, keptUntil: forever ? null : iso(keptUntilMs({ atMs })) } };
  }

  /** By its name there may be another town then, which knows nothing of this one. */
  async #forget(): Promise<void> {
    this.#removed = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  /** As it stood. */
  async restore(once?: Once): Promise<Result<unknown>> {
    if (this.#desk) return this.#desk.answered(once) ?? notRemoved();
    if (!this.#removed) return townGone(null);
    const { isNow, answer } = bringBack(this.db as unknown as Tx, once);
    if (!isNow) return answer;
    this.#removed = null;
    await this.#open();
    this.#tell();
    return answer;
  }

  #read<T>(query: (tx: Tx) => T): Result<T> {
    return this.#desk?.read(query) ?? townGone(this.#removed);
  }

  /** A town comes into being with its first rows. */
  async #create(input: CommandInputOf<"create-town">, meta: Meta = {}): Promise<Result<unknown>> {
    if (this.#removed) return nameTaken(this.#removed);
    if (this.#desk)
      return (
        this.#desk.answered(meta.once) ??
        refused(409, "town_exists", `There is a town ${input.name} already.`, "Choose another name.")
      );
    const ctx = { nowMs: systemClock.now(), random: Math.random, settings: input.settings };
    // What is refused leaves no tables behind.
    const pause = tried(() => pausedAs(input.paused, null, ctx.nowMs));
    if (!pause.ok) return pause;
    await makeTables(this.db);
    const tx = this.db as unknown as Tx;
    createTownCommand.apply(tx, input, ctx);
    if (meta.origin) changeTown(tx, { createdBy: meta.origin });
    const answer = createTownCommand.answer(undefined, tx, input);
    if (meta.once) keepAnswer(tx, meta.once, answer, ctx.nowMs);
    await this.#open();
    return { ok: true, value: answer };
  }

  async report({ bootId, reports, room }: ReportsRequest): Promise<Result<{ seq: number; verdict: Verdict }[]>> {
    if (!this.loop) return townGone(this.#removed);
    if (room) this.#rooms.heard(bootId, room);
    const { outcomes, done, ordersLeft } = await this.loop.take(reports.map((report) => factOf(bootId, report, room)));
    this.ctx.waitUntil(done);
    this.#streams.reported(reports);
    await ordersLeft;
    return { ok: true, value: reports.map(({ seq }, index) => ({ seq, verdict: verdictOf(outcomes[index]) })) };
  }

  isBeadOver(id: string): Result<boolean> {
    return this.#read((tx) => {
      const status = theBead(tx).get({ id })?.status;
      return status === undefined || status === "closed" || status === "cancelled";
    });
  }

  watched(mode: WatchMode): Watched | null {
    const watched = this.loop?.watched(WATCHTOWER, mode) ?? null;
    if (watched) this.#beacon?.learned(watched.wakeAtMs);
    return watched;
  }

  restart(): void {
    this.loop?.restarting(WATCHTOWER);
    // Aborting would take back what was just written, so that goes to disk first; should the disk hang, it is lost.
    const abort = () => this.ctx.abort("restarted by the watchtower: a tick was in flight past its threshold");
    void Promise.race([this.ctx.storage.sync(), scheduler.wait(SYNC_PATIENCE_MS)]).finally(abort);
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    if (this.#removed && keptUntilMs(this.#removed) <= systemClock.now()) return this.#forget();
    if (this.#removed) return this.ctx.storage.setAlarm(keptUntilMs(this.#removed));
    await this.loop?.alarm();
  }

  /** A host dials in: `GET …/hosts/{host}/channel`, upgraded, with the host's own token. Not upgraded, it asks whether it may. */
  override async fetch(request: Request): Promise<Response> {
    const followed = await this.#streams.fetch(request);
    if (followed) return followed;
    return dialled(request, {
      db: this.db,
      channels: this.#channels,
      tell: this.loop && ((fact) => this.#tell(fact)),
    });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#streams.isOf(socket)) this.#streams.hear(socket, message);
    else this.#channels.hear(socket, message);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#closed(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#closed(socket);
  }

  #closed(socket: WebSocket): void {
    if (this.#streams.isOf(socket)) this.#streams.lost(socket);
    else this.#gone(this.#channels.hostOf(socket));
  }

  /** When it was last heard of is known to its connection alone, and how many places it has to whom it told that. */
  #heardOf({ id, connectedAtMs, bootId }: JoinedHost): Heard {
    const room = connectedAtMs !== null && bootId !== null ? this.#rooms.of(bootId) : undefined;
    return { atMs: this.#channels.heardAtMs(id), room };
  }

  #gone(host: string): void {
    this.#channels.lost(host);
    if (!this.#channels.isConnected(host)) this.#tell({ type: "host_disconnected", payload: { host } });
  }

  /** A crash takes the sockets along, without a sign. */
  #noticeLostHosts(): void {
    const believed = this.db.select({ id: hosts.id }).from(hosts).where(isNotNull(hosts.connectedAtMs)).all();
    const lost = believed.filter(({ id }) => !this.#channels.isConnected(id));
    // All at once: the pass that drives again what was under way asks none of them.
    if (lost.length > 0)
      this.#tell(...lost.map(({ id: host }): Fact => ({ type: "host_disconnected", payload: { host } })));
  }

  #tell(...facts: Fact[]): void {
    const told = this.loop?.tick(facts);
    if (told) this.ctx.waitUntil(told.done);
  }

  async quiet(): Promise<void> {
    await this.loop?.quiet();
  }

  async #open(): Promise<void> {
    await makeTables(this.db);
    const row = this.db.select({ name: town.name, removedAtMs: town.removedAtMs }).from(town).get();
    if (!row) return; // migrated, then died before its row: `create` goes on from here
    this.#removed = row.removedAtMs === null ? null : { name: row.name, atMs: row.removedAtMs };
    if (this.#removed) return;
    const beacon = new Beacon(this.env, row.name);
    this.#beacon = beacon;
    const host = hostOf(this.env, row.name, (agent) => readRigOf(this.db, agent), this.#channels);
    const ports: Ports = {
      host,
      connections: connectionsOf(this.env),
      ...tellingOf(this.env, row.name),
      clock: systemClock,
      alarm: this.#alarm,
      sync: () => this.ctx.storage.sync(),
      wakes: (atMs) => beacon.wakesAt(atMs),
      ticked: (point) => pointTo(this.env, row.name, point),
      changed: (changed) => this.#streams.changed(changed),
      meter: () => this.#storage.start(),
      random: Math.random,
      log: (line) => logNews(line, { town: row.name }),
    };
    this.loop = new Loop(this.db, ports);
    this.#desk = new Desk(this.db, this.loop, host, {
      hangUp: (id, why, code) => this.#channels.dismiss(id, why, code),
      heardOf: (host) => this.#heardOf(host),
      sendsToPrivate: allowsPrivate(this.env),
      waitUntil: (work) => this.ctx.waitUntil(work),
    });
    this.#channels.takeReports({ env: this.env, name: row.name, report: (request) => this.report(request) });
    this.#noticeLostHosts();
  }
}
