import { sql } from "drizzle-orm";
import type { z } from "zod";
import { agentInput, beadInput, rigInput } from "../../src/commands/inputs.ts";
import { Lookout } from "../../src/dos/lookout.ts";
import { type Settings, settingsSchema } from "../../src/lib/settings.ts";
import { storageTroubleOf } from "../../src/lib/storage-trouble.ts";
import type { AgentHost, HostReply } from "../../src/ports/ports.ts";
import { type AttentionItem, attentionOf } from "../../src/queries/attention/index.ts";
import type { Verb } from "../../src/queries/attention/item.ts";
import { failingHealth } from "../../src/queries/health/failing.ts";
import { computeHealth, type Health } from "../../src/queries/health/index.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import { Clockwork } from "../clockwork.ts";
import { Crash } from "../crash.ts";
import { type Order, ScriptedHost } from "../crashpoints/host.ts";
import type { Conduct } from "../crashpoints/scenario.ts";
import { keepsEverything } from "../history.ts";
import { NodeEngine, nodeEngine } from "../node-engine.ts";
import { SimTown } from "../town.ts";
import { factOf } from "../verbs.ts";
import { Door, type Machine, TOKEN } from "./door.ts";

const USUAL: Conduct = { answer: "yes", answerAfterMs: 20, beginsAfterMs: 40, workMs: 20_000, ends: "well" };
const NEVER = new Promise<never>(() => {});
/** The tower's own alarm is never sooner than this. */
const TOWER_SOONEST_MS = 1_000;
const TOWN = "sim";
const FULL = "database or disk is full: SQLITE_FULL";

export interface WorldOptions {
  seed: number;
  agents: number;
  settings?: Partial<Settings>;
  /** Without: nobody looks from outside. */
  hasTower?: boolean;
  /** Of the agents: who they are besides their ids. */
  agent?: Partial<z.input<typeof agentInput>>;
  /** Machines that have joined. Left out: the town's own host. */
  joined?: readonly string[];
  /** A rig beside it, with two agents of its own and a bead a minute until then. */
  neighboursUntilMs?: number | null;
}

/** The rig beside the one that is in trouble. */
const NEIGHBOURS = "web";

/** A town, its host, and the watchtower that looks after it, all with the engine that runs in production, in fake time. */
export class ChaosWorld {
  readonly clock: Clockwork;
  readonly town: SimTown;
  readonly #engine = nodeEngine();
  readonly host: ScriptedHost;
  readonly door: Door;
  /** The one that a case is about. */
  machine: Machine | null = null;
  readonly bornAtMs: number;
  /** What operators would read. */
  readonly lines: string[] = [];
  readonly violations: string[] = [];
  /** Runs that began while another of the same bead or agent lived. */
  doubledRuns = 0;
  spawned = 0;
  /** How the host answers whatever is asked of it. */
  conduct: Partial<Conduct> = {};
  /** The same for landings alone. */
  landings: Partial<Conduct> = {};
  /** The same for each order by itself. */
  behaves: (of: Order) => Partial<Conduct> = () => ({});
  /** The town's disk: nothing is written while it is full, and nothing is read that is not in memory. */
  isDiskFull = false;
  /** Since when a Worker remembers that the storage fails; it forgets that when something could be written. */
  #failingSinceMs: number | null = null;
  /** The host takes calls and never answers, nor does anything. */
  hostHangs = false;
  readonly #lookout: Lookout | null;
  #towerAtMs: number | null = null;

  constructor(options: WorldOptions) {
    const { seed, settings = {}, hasTower = true } = options;
    this.clock = new Clockwork(seed);
    this.bornAtMs = this.clock.nowMs;
    this.host = new ScriptedHost({
      world: this.clock,
      deliver: (report) => this.town.report(report),
      stopAfterMs: 200,
      conductOf: (of) => ({
        ...USUAL,
        workMs: this.clock.between(5_000, 60_000, "work"),
        ...this.conduct,
        ...(of.kind === "landing" && this.landings),
        ...this.behaves(of),
      }),
      called: () => () => {},
      stopping: () => {},
      nudging: () => {},
      nudged: undefined,
      heard: () => {},
      spawned: (_work, others) => {
        this.spawned++;
        this.doubledRuns += others.length;
      },
      pushed: () => {},
      violation: (text) => this.violations.push(text),
    });
    const full = settingsSchema.parse({ ...keepsEverything, ...settings });
    this.town = new SimTown(this.clock, full, (alive) => this.#hostFor(alive), this.#engine);
    this.town.log = (line) => this.lines.push(line);
    this.town.beforeCall = () => {
      if (this.isDiskFull) throw new Error(FULL);
    };
    this.door = new Door(this.clock, this.town, (fact) => this.tell(fact));
    this.#lookout = hasTower ? this.#makeLookout() : null;
    this.town.wakes = (atMs) => atMs !== null && this.#expect(atMs);
    this.#settle(options);
  }

  #settle({ agents, agent, joined = [], neighboursUntilMs = null }: WorldOptions): void {
    for (const host of joined) {
      this.tell({ type: "host_added", payload: { id: host, tokenHash: TOKEN } });
      this.door.joins(host, "boot");
    }
    this.addRig(
      "lib",
      Array.from({ length: agents }, (_, n) => `a${n + 1}`),
      agent,
    );
    if (neighboursUntilMs === null) return;
    this.addRig(NEIGHBOURS, ["w1", "w2", "w3"]);
    for (let atMs = 0; atMs < neighboursUntilMs; atMs += 60_000)
      this.clock.after(atMs, () => this.beads(1, NEIGHBOURS));
  }

  addRig(rig: string, agents: readonly string[], agent: WorldOptions["agent"] = {}): void {
    const repo = { repoUrl: `/${rig}.git`, defaultBranch: "main", gate: null, maxGateMs: 60_000 };
    this.tell({ type: "rig_added", payload: { ...rigInput.parse({ id: rig, ...repo }), look: null } });
    for (const id of agents)
      this.tell({ type: "agent_added", payload: agentInput.parse({ id, rig, command: ["x"], ...agent }) });
  }

  get nowMs(): number {
    return this.clock.nowMs - this.bornAtMs;
  }

  /**
   * As the health route answers, from rows alone. It pokes nothing, so whatever heals is not the question; but where the storage was
   * seen failing, it first writes.
   */
  get health(): Health {
    const { nowMs } = this.clock;
    try {
      if (this.isDiskFull || this.#failingSinceMs !== null) this.town.tell([], false);
      this.#failingSinceMs = null;
    } catch (error) {
      this.#failingSinceMs ??= nowMs;
      const trouble = storageTroubleOf(error);
      if (trouble) return failingHealth(trouble, this.#failingSinceMs, nowMs);
    }
    return computeHealth(this.town.tx, this.clock.nowMs);
  }

  get ticks(): number {
    return this.count("SELECT ticks AS n FROM town");
  }

  count(query: string): number {
    return this.town.tx.get<{ n: number }>(sql.raw(query))?.n ?? 0;
  }

  rows<T>(query: string): T[] {
    return this.town.tx.all<T>(sql.raw(query));
  }

  /** The longest of them waited so long for its first start that was taken; null: one was never started, or there are none. */
  neighboursWaitedMs(): number | null {
    const waited = this.rows<{ ms: number | null }>(
      `SELECT (SELECT min(a.accepted_at_ms) FROM attempts a WHERE a.bead_id = b.id) - b.created_at_ms AS ms FROM beads b WHERE b.rig_id = '${NEIGHBOURS}'`,
    ).map(({ ms }) => ms);
    return waited.length === 0 || waited.includes(null) ? null : Math.max(...(waited as number[]));
  }

  tell(fact: Fact): void {
    const [outcome] = this.town.tell([fact], false);
    if (outcome?.status !== "applied") this.violations.push(`${fact.type}: ${JSON.stringify(outcome)}`);
  }

  /** Sends what an item says, as it says it. @returns why it was refused, or null */
  send(verb: Verb): string | null {
    const fact = factOf(verb);
    if (fact === null) {
      this.town.tell([], false);
      return null;
    }
    const [outcome] = this.town.tell([fact], false);
    if (fact.type === "host_taken_over") this.door.dismiss(fact.payload.host);
    return outcome?.status === "applied" ? null : `${verb.method} ${verb.path}: ${JSON.stringify(outcome)}`;
  }

  /** What waits for a person, by kind and target. */
  get attention(): AttentionItem[] {
    // Rows can't be had: the route says 503 with the same cause and remedy as health.
    if (this.isDiskFull) return [];
    return attentionOf(this.town.tx, this.clock.nowMs).items;
  }

  beads(count: number, rig = "lib"): void {
    const bead = beadInput.parse({ rig, title: "work" });
    this.tell({ type: "beads_created", payload: { beads: Array.from({ length: count }, () => bead) } });
  }

  /** Does the next thing; false: nothing is left before the end. */
  async step(endMs: number): Promise<boolean> {
    const more = this.clock.step(this.bornAtMs + endMs);
    // Until every promise that can go on has gone on: a macrotask comes after all of them.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return more;
  }

  close(): void {
    this.#engine.close();
  }

  #hostFor(alive: () => boolean): AgentHost {
    const port = this.host.port(alive);
    const unlessHung = (call: () => Promise<HostReply>) => (this.hostHangs || this.town.hangs.timers ? NEVER : call());
    return {
      start: (order, signal, send) => unlessHung(() => port.start(order, signal, send)),
      land: (order, signal, send) => unlessHung(() => port.land(order, signal, send)),
      stop: (order, signal) => unlessHung(() => port.stop(order, signal)),
      nudge: (order, signal) => unlessHung(() => port.nudge(order, signal)),
    };
  }

  #makeLookout(): Lookout {
    const { clock } = this;
    return new Lookout(new NodeEngine().sql as never, {
      mode: "heal",
      restartsPerHour: 3,
      clock: {
        now: () => clock.nowMs,
        after: (ms, then) => clock.after(ms, then),
      },
      ask: async () => this.town.watched("heal"),
      restart: async () => {
        this.town.restart();
        throw new Crash();
      },
      log: (line) => this.lines.push(line),
    });
  }

  #expect(atMs: number): void {
    this.#lookout?.expect(TOWN, atMs);
    this.#arm();
  }

  #arm(): void {
    const dueMs = this.#lookout?.nextMs ?? null;
    if (dueMs === null || (this.#towerAtMs !== null && this.#towerAtMs <= dueMs)) return;
    const atMs = Math.max(dueMs, this.clock.nowMs + TOWER_SOONEST_MS);
    this.#towerAtMs = atMs;
    this.clock.after(atMs - this.clock.nowMs, () => this.#ring(atMs));
  }

  #ring(atMs: number): void {
    if (this.#towerAtMs !== atMs) return;
    this.#towerAtMs = null;
    void this.#lookout?.lookAround().then(() => this.#arm());
  }
}
