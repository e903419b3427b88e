import { DurableObject } from "cloudflare:workers";
import { eq, isNotNull } from "drizzle-orm";
import { migrate } from "drizzle-orm/durable-sqlite/migrator";
import migrations from "../../migrations/migrations.js";
import { createTownCommand } from "../commands/create-town.ts";
import type { Meta, Once } from "../commands/define.ts";
import type { CommandInputOf, CommandName } from "../commands/index.ts";
import { type Db, openDb, type Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { pausedAs } from "../db/pause.ts";
import { type HostRefusal, hosts, type JoinedHost, town } from "../db/schema.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { factTypeOf } from "../events/index.ts";
import { logNews } from "../lib/log.ts";
import { sha256Hex } from "../lib/secrets.ts";
import type { Ports } from "../ports/ports.ts";
import { BOOT_HEADER, channelQuery, PROTOCOL_HEADER } from "../protocol/channel.ts";
import type { Report, ReportsRequest, Verdict } from "../protocol/reports.ts";
import type { QueryName } from "../queries/index.ts";
import { readRigOf } from "../queries/reads.ts";
import type { Fact, Outcome } from "../reconciler/ingest.ts";
import { Loop } from "../reconciler/loop.ts";
import type { Watched, WatchMode } from "../reconciler/watch.ts";
import type { Heard } from "../views/host.ts";
import { pointTo } from "./analytics.ts";
import { keepAnswer } from "./answers.ts";
import { Beacon } from "./beacon.ts";
import { Desk } from "./desk.ts";
import type { Env } from "./env.ts";
import { HostChannels } from "./host-channels.ts";
import { noTown, type Refused, refusalOf } from "./host-door.ts";
import { hostOf } from "./host-of.ts";
import { MeteredStorage } from "./meter.ts";
import type { TownObject } from "./objects.ts";
import { ObjectAlarm, systemClock } from "./ports.ts";
import { noSuchTown, type Result, refused, tried } from "./result.ts";
import { Rooms } from "./rooms.ts";
import { Streams } from "./streams.ts";
import { ANSWERED_MS, hostsOf, REMOVED, whatKeeps } from "./town-end.ts";

/** Who heals, as incidents name it. */
const WATCHTOWER = "the watchtower";
const SYNC_PATIENCE_MS = 1_000;
const NOTED_EVERY_MS = 30_000;

/** One town: records facts, answers reads, wakes by its alarm. Decisions are the reconciler's. */
export class TownDO extends DurableObject<Env> implements TownObject {
  protected readonly db: Db;
  /** Null: there is no such town. */
  protected loop: Loop | null = null;
  #desk: Desk | null = null;
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
      if (this.#exists()) await this.#open();
    });
  }

  async execute(name: CommandName, input: unknown, meta?: Meta): Promise<Result<unknown>> {
    if (name === "create-town") return this.#create(input as CommandInputOf<"create-town">, meta);
    return this.#desk?.execute(name, input, meta) ?? noSuchTown();
  }

  async query(name: QueryName, input: unknown, proves = false): Promise<Result<unknown>> {
    if (proves) {
      this.loop?.tick();
      await this.ctx.storage.sync();
    }
    return this.#desk?.query(name, input) ?? noSuchTown();
  }

  async reconcile(once?: Once): Promise<Result<unknown>> {
    return this.#desk?.reconcile(once) ?? noSuchTown();
  }

  async toldOnce(once: Once, value: unknown): Promise<Result<unknown>> {
    return this.#desk?.once(once, async () => ({ ok: true, value })) ?? noSuchTown();
  }

  /** The town is no more: its hosts' channels, its alarm, its rows. By its name there may be another one, which knows nothing of it. */
  async remove(): Promise<Result<unknown>> {
    const tx = this.db as unknown as Tx;
    if (!this.loop) return noSuchTown();
    const kept = whatKeeps(tx, systemClock.now());
    if (kept) return kept;
    const { name } = readTown(tx);
    for (const host of hostsOf(tx)) this.#channels.dismiss(host, "this town was removed");
    this.loop = null;
    this.#desk = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.ctx.waitUntil(scheduler.wait(ANSWERED_MS).then(() => this.ctx.abort(REMOVED)));
    return { ok: true, value: { removed: name } };
  }

  #read<T>(query: (tx: Tx) => T): Result<T> {
    return this.#desk?.read(query) ?? noSuchTown();
  }

  /** A town comes into being with its first rows. */
  async #create(input: CommandInputOf<"create-town">, meta: Meta = {}): Promise<Result<unknown>> {
    if (this.#desk)
      return (
        this.#desk.answered(meta.once) ??
        refused(409, "town_exists", `There is a town ${input.name} already.`, "Choose another name.")
      );
    const ctx = { nowMs: systemClock.now(), random: Math.random, settings: input.settings };
    // What is refused leaves no tables behind.
    const pause = tried(() => pausedAs(input.paused, null, ctx.nowMs));
    if (!pause.ok) return pause;
    await migrate(this.db, migrations);
    const tx = this.db as unknown as Tx;
    createTownCommand.apply(tx, input, ctx);
    if (meta.origin) changeTown(tx, { createdBy: meta.origin });
    const answer = createTownCommand.answer(undefined, tx, input);
    if (meta.once) keepAnswer(tx, meta.once, answer, ctx.nowMs);
    await this.#open();
    return { ok: true, value: answer };
  }

  async report({ bootId, reports, room }: ReportsRequest): Promise<Result<{ seq: number; verdict: Verdict }[]>> {
    const loop = this.loop;
    if (!loop) return noSuchTown();
    if (room) this.#rooms.heard(bootId, room);
    const { outcomes, done } = loop.tick(reports.map((report) => factOf(bootId, report, room)));
    this.ctx.waitUntil(done);
    this.#streams.reported(reports);
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
    await this.loop?.alarm();
  }

  /** A host dials in: `GET …/hosts/{host}/channel`, upgraded, with the host's own token. Not upgraded, it asks whether it may. */
  override async fetch(request: Request): Promise<Response> {
    const followed = await this.#streams.fetch(request);
    if (followed) return followed;
    const { pathname } = new URL(request.url);
    const [, name = "", id] = /\/towns\/([^/]+)\/hosts\/([^/]+)\/channel$/.exec(pathname) ?? [];
    const asked = channelQuery.safeParse({
      host: id,
      bootId: request.headers.get(BOOT_HEADER),
      protocol: request.headers.get(PROTOCOL_HEADER) ?? undefined,
    });
    if (!asked.success) return new Response("not a channel", { status: 400 });
    if (!this.loop) return refusedHost(noTown(name));
    const { host, bootId } = asked.data;
    const token = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const tokenHash = await sha256Hex(token);
    const known = this.db.select().from(hosts).where(eq(hosts.id, host)).get();
    const why = refusalOf(known, { ...asked.data, tokenHash }, this.#channels.standing(host), systemClock.now());
    const dials = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    if (why) {
      if (known && dials) this.#noteRefused(known, bootId, why.code as HostRefusal);
      return refusedHost(why);
    }
    if (!dials) return Response.json({ host, welcome: true });
    const response = this.#channels.accept(host, bootId);
    this.#tell({ type: "host_connected", payload: { host, bootId } });
    return response;
  }

  /** It may dial for ever: what is known of it is written down now and then. */
  #noteRefused({ id: host, refused }: JoinedHost, bootId: string, code: HostRefusal): void {
    const isKnown = refused?.code === code && refused.bootId === bootId;
    if (isKnown && systemClock.now() - refused.lastMs < NOTED_EVERY_MS) return;
    this.#tell({ type: "host_refused", payload: { host, bootId, code } });
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

  #exists(): boolean {
    return (
      this.ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'town'").toArray().length >
      0
    );
  }

  async #open(): Promise<void> {
    await migrate(this.db, migrations);
    const row = this.db.select({ name: town.name }).from(town).get();
    if (!row) return; // migrated, then died before its row: `create` goes on from here
    const beacon = new Beacon(this.env, row.name);
    this.#beacon = beacon;
    const host = hostOf(this.env, row.name, (agent) => readRigOf(this.db, agent), this.#channels);
    const ports: Ports = {
      host,
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
      waitUntil: (work) => this.ctx.waitUntil(work),
    });
    this.#noticeLostHosts();
  }
}

const refusedHost = ({ status, ...problem }: Refused): Response => Response.json(problem, { status });

const factOf = (bootId: string, report: Report, room: ReportsRequest["room"]): Fact =>
  ({ type: factTypeOf[report.kind], payload: { bootId, report, ...(room && { room }) } }) as Fact;

function verdictOf(outcome: Outcome | undefined): Verdict {
  if (outcome?.status === "applied") return outcome.result as Verdict;
  return outcome?.status === "refused" ? "fenced" : "pending";
}
