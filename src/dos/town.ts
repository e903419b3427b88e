import { migrate } from "drizzle-orm/durable-sqlite/migrator";
import migrations from "../../migrations/migrations.js";
import { type Db, openDb, type Tx } from "../db/client.ts";
import {
  type AttemptQuery,
  countByStatus,
  listAgents,
  listAttempts,
  listIncidents,
  listRigs,
  listTicks,
  type Page,
  readLog,
} from "../db/reads.ts";
import { agents, beads, type TownRow, town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { factTypeOf } from "../events/index.ts";
import type { AgentChange, AgentInput, RigInput, StopInput, TownChange } from "../events/inputs.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";
import type { Ports } from "../ports/ports.ts";
import type { Report, ReportsRequest, Verdict } from "../ports/protocol.ts";
import { computeHealth } from "../reconciler/health/index.ts";
import type { Fact, Outcome } from "../reconciler/ingest.ts";
import { checkInvariants } from "../reconciler/invariants.ts";
import { DEAD_MAN_MS } from "../reconciler/limits.ts";
import { Loop } from "../reconciler/loop.ts";
import { metricsText } from "../reconciler/metrics.ts";
import type { Watched, WatchMode } from "../reconciler/watch.ts";
import { pointTo } from "./analytics.ts";
import { Beacon } from "./beacon.ts";
import type { Env } from "./env.ts";
import { MeteredStorage } from "./meter.ts";
import { hostOf, ObjectAlarm, systemClock } from "./ports.ts";
import type { Result } from "./result.ts";
import { TownWork } from "./town-work.ts";
import {
  agentView,
  attemptView,
  desiredView,
  healthView,
  incidentView,
  logView,
  rigView,
  tickView,
  townView,
} from "./views.ts";

/** Who heals, as incidents name it. */
const WATCHTOWER = "the watchtower";
const SYNC_PATIENCE_MS = 1_000;

/** One town: records facts, answers reads, wakes by its alarm. Decisions are the reconciler's. */
export class TownDO extends TownWork {
  readonly #db: Db;
  readonly #alarm: ObjectAlarm;
  readonly #storage: MeteredStorage;
  #beacon: Beacon | null = null;
  #loop: Loop | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = new MeteredStorage(ctx.storage);
    this.#db = openDb(this.#storage as unknown as DurableObjectStorage);
    this.#alarm = new ObjectAlarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarm.believe(await ctx.storage.getAlarm());
      // A name that was only asked after leaves no database behind: tables are made by `create`.
      if (this.#exists()) await this.#open();
    });
  }

  async create(name: string, settings: Settings): Promise<Result<ReturnType<typeof townView>>> {
    if (this.#loop) return refused(409, "town_exists", `There is a town ${name} already.`, "Choose another name.");
    await migrate(this.#db, migrations);
    this.#db.insert(town).values({ id: 1, name, createdAtMs: systemClock.now(), settings }).onConflictDoNothing().run();
    await this.#open();
    return this.show();
  }

  show() {
    return this.#read((tx) => townView(readTown(tx), countByStatus(tx, beads), countByStatus(tx, agents)));
  }

  rigs() {
    return this.#read((tx) => listRigs(tx).map(rigView));
  }

  agents() {
    return this.#read((tx) => listAgents(tx).map(agentView));
  }

  attempts(query: AttemptQuery) {
    return this.#read((tx) => listAttempts(tx, query).map(attemptView));
  }

  health() {
    return this.#read((tx) => healthView(computeHealth(tx, systemClock.now())));
  }

  invariants() {
    return this.#read((tx) => checkInvariants(tx, systemClock.now(), DEAD_MAN_MS));
  }

  incidents(page: Page) {
    return this.#read((tx) => listIncidents(tx, page).map(incidentView));
  }

  ticks(page: Page) {
    return this.#read((tx) => listTicks(tx, page).map(tickView));
  }

  metrics() {
    return this.#read((tx) => metricsText(tx, systemClock.now()));
  }

  change(input: TownChange) {
    return this.#told({ type: "town_changed", payload: input }, (row: TownRow) => desiredView(row));
  }

  changeAgent(input: AgentChange) {
    return this.#told({ type: "agent_changed", payload: input }, agentView);
  }

  /** Looks at everything again, now: what a person does who does not trust the clockwork. */
  reconcile() {
    if (!this.#loop) return this.#unknown<never>();
    this.#loop.tick();
    return this.health();
  }

  addRig(input: RigInput) {
    return this.#told({ type: "rig_added", payload: input }, rigView);
  }

  addAgent(input: AgentInput) {
    return this.#told({ type: "agent_added", payload: input }, agentView);
  }

  stopAgent(input: StopInput) {
    return this.#told({ type: "agent_stopped", payload: input }, agentView);
  }

  log(fence: number) {
    return this.#read((tx) => logView(readLog(tx, fence)));
  }

  /** A run's reports, in order; a verdict for each. What can't be applied now is kept and never asked for again. */
  async report({ bootId, reports }: ReportsRequest): Promise<Result<{ seq: number; verdict: Verdict }[]>> {
    const loop = this.#loop;
    if (!loop) return this.#unknown();
    const { outcomes, done } = loop.tick(reports.map((report) => factOf(bootId, report)));
    this.ctx.waitUntil(done);
    return { ok: true, value: reports.map(({ seq }, index) => ({ seq, verdict: verdictOf(outcomes[index]) })) };
  }

  /** The watchtower looks, and pokes. Null: there is no such town. */
  watched(mode: WatchMode): Watched | null {
    const watched = this.#loop?.watched(WATCHTOWER, mode) ?? null;
    if (watched) this.#beacon?.learned(watched.wakeAtMs);
    return watched;
  }

  /** The watchtower's last resort. Everything is in rows, so the next incarnation goes on where this one hangs. */
  restart(): void {
    this.#loop?.restarting(WATCHTOWER);
    // Aborting would take back what was just written, so that goes to disk first; should the disk hang, it is lost.
    const abort = () => this.ctx.abort("restarted by the watchtower: a tick was in flight past its threshold");
    void Promise.race([this.ctx.storage.sync(), scheduler.wait(SYNC_PATIENCE_MS)]).finally(abort);
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    await this.#loop?.alarm();
  }

  /** For tests: resolves when no effect is in flight. */
  async quiet(): Promise<void> {
    await this.#loop?.quiet();
  }

  #exists(): boolean {
    return (
      this.ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'town'").toArray().length >
      0
    );
  }

  async #open(): Promise<void> {
    await migrate(this.#db, migrations);
    const row = this.#db.select({ name: town.name }).from(town).get();
    if (!row) return; // migrated, then died before its row: `create` goes on from here
    const beacon = new Beacon(this.env, row.name);
    this.#beacon = beacon;
    const ports: Ports = {
      host: hostOf(this.env, row.name),
      clock: systemClock,
      alarm: this.#alarm,
      sync: () => this.ctx.storage.sync(),
      wakes: (atMs) => beacon.wakesAt(atMs),
      ticked: (point) => pointTo(this.env, row.name, point),
      meter: () => this.#storage.start(),
      random: Math.random,
      log: (line) => console.error(`[${row.name}] ${line}`),
    };
    this.#loop = new Loop(this.#db, ports);
  }

  #unknown<T>(): Result<T> {
    return refused(404, "town_not_found", "There is no such town.", "Create it first: POST /v1/towns.");
  }

  protected read<T>(query: (tx: Tx) => T): Result<T> {
    return this.#read(query);
  }

  protected told<T, V>(fact: Fact, view: (result: T) => V): Result<V> {
    return this.#told(fact, view);
  }

  #read<T>(query: (tx: Tx) => T): Result<T> {
    if (!this.#loop) return this.#unknown();
    this.#loop.rearm();
    try {
      return { ok: true, value: query(this.#db as unknown as Tx) };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, problem: error.problem };
      throw error;
    }
  }

  /** A fact whose bringer waits for the answer: applied, or refused with the reason; never kept for later. */
  #told<T, V>(fact: Fact, view: (result: T) => V): Result<V> {
    if (!this.#loop) return this.#unknown();
    const { outcomes, done } = this.#loop.tick([fact], false);
    this.ctx.waitUntil(done);
    const [outcome] = outcomes;
    if (outcome?.status === "applied") return { ok: true, value: view(outcome.result as T) };
    if (outcome?.status === "refused") return { ok: false, problem: outcome.problem };
    return refused(
      500,
      "not_applied",
      outcome?.status === "failed" ? outcome.error : "not applied",
      "Nothing was changed; this is a bug, please report it.",
    );
  }
}

const refused = (
  status: Problem["status"],
  code: string,
  detail: string,
  hint: string,
): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { status, code, detail, hint },
});

const factOf = (bootId: string, report: Report): Fact =>
  ({ type: factTypeOf[report.kind], payload: { bootId, report } }) as Fact;

function verdictOf(outcome: Outcome | undefined): Verdict {
  if (outcome?.status === "applied") return outcome.result as Verdict;
  return outcome?.status === "refused" ? "fenced" : "pending";
}
