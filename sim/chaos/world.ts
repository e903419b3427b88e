import { sql } from "drizzle-orm";
import { Lookout } from "../../src/dos/lookout.ts";
import { agentInput, beadInput, rigAddition } from "../../src/events/inputs.ts";
import { type Settings, settingsSchema } from "../../src/lib/settings.ts";
import type { AgentHost, HostReply } from "../../src/ports/ports.ts";
import { computeHealth, type Health } from "../../src/reconciler/health/index.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import { Clockwork } from "../clockwork.ts";
import { Crash } from "../crash.ts";
import { ScriptedHost } from "../crashpoints/host.ts";
import type { Conduct } from "../crashpoints/scenario.ts";
import { keepsEverything } from "../history.ts";
import { NodeEngine, nodeEngine } from "../node-engine.ts";
import { SimTown } from "../town.ts";

const USUAL: Conduct = { answer: "yes", answerAfterMs: 20, beginsAfterMs: 40, workMs: 20_000, ends: "well" };
const NEVER = new Promise<never>(() => {});
/** The tower's own alarm is never sooner than this. */
const TOWER_SOONEST_MS = 1_000;
const TOWN = "sim";

export interface WorldOptions {
  seed: number;
  agents: number;
  settings?: Partial<Settings>;
  /** Without: nobody looks from outside. */
  hasTower?: boolean;
}

/** A town, its host, and the watchtower that looks after it, all with the engine that runs in production, in fake time. */
export class ChaosWorld {
  readonly clock: Clockwork;
  readonly town: SimTown;
  readonly #engine = nodeEngine();
  readonly host: ScriptedHost;
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
  /** The host takes calls and never answers, nor does anything. */
  hostHangs = false;
  readonly #lookout: Lookout | null;
  #towerAtMs: number | null = null;

  constructor({ seed, agents, settings = {}, hasTower = true }: WorldOptions) {
    this.clock = new Clockwork(seed);
    this.bornAtMs = this.clock.nowMs;
    this.host = new ScriptedHost({
      world: this.clock,
      deliver: (report) => this.town.report(report),
      stopAfterMs: 200,
      conductOf: ({ kind }) => ({
        ...USUAL,
        workMs: this.clock.between(5_000, 60_000, "work"),
        ...this.conduct,
        ...(kind === "landing" && this.landings),
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
    this.#lookout = hasTower ? this.#makeLookout() : null;
    this.town.wakes = (atMs) => atMs !== null && this.#expect(atMs);
    const rig = { id: "lib", repoUrl: "/lib.git", defaultBranch: "main", gate: null, maxGateMs: 60_000 };
    this.tell({ type: "rig_added", payload: rigAddition.parse(rig) });
    for (let n = 1; n <= agents; n++)
      this.tell({
        type: "agent_added",
        payload: agentInput.parse({ id: `a${n}`, rig: "lib", command: ["x"] }),
      });
  }

  get nowMs(): number {
    return this.clock.nowMs - this.bornAtMs;
  }

  /** As the health route answers, from rows alone. It pokes nothing, so whatever heals is not the question. */
  get health(): Health {
    return computeHealth(this.town.tx, this.clock.nowMs);
  }

  get ticks(): number {
    return this.count("SELECT ticks AS n FROM town");
  }

  count(query: string): number {
    return this.town.tx.get<{ n: number }>(sql.raw(query))?.n ?? 0;
  }

  tell(fact: Fact): void {
    const [outcome] = this.town.tell([fact], false);
    if (outcome?.status !== "applied") this.violations.push(`${fact.type}: ${JSON.stringify(outcome)}`);
  }

  beads(count: number): void {
    const bead = beadInput.parse({ rig: "lib", title: "work" });
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
        sleep: (ms, signal) => new Promise((resolve) => clock.after(ms, () => !signal.aborted && resolve())),
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
