import { MANY_CONNECTIONS } from "../src/lib/lane.ts";
import type { Settings } from "../src/lib/settings.ts";
import { settingsSchema } from "../src/lib/settings.ts";
import type { Report, Verdict } from "../src/protocol/reports.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { EarlierWork } from "./checks/earlier-work.ts";
import { History } from "./checks/history.ts";
import { oneOf, type Scene } from "./checks/scene.ts";
import { Settlements } from "./checks/settlements.ts";
import { checkVerdict, expectVerdict } from "./checks/verdicts.ts";
import { Clockwork, hashOf } from "./clockwork.ts";
import { Crash, DiskError, isOfDisk } from "./crash.ts";
import type { SqlEngine } from "./engine.ts";
import { Faults } from "./faults.ts";
import { drawGates } from "./gates.ts";
import { drawRetention } from "./history.ts";
import { SimHost } from "./host.ts";
import { Channels } from "./joined.ts";
import { Lasting } from "./lasting.ts";
import { provesRemote, Remotes } from "./remotes.ts";
import { SimTown } from "./town.ts";
import type { Work } from "./work.ts";

/** So often nothing is told in vain, but in a loop of crashes. */
const MOST_TRIES = 100;

/** A town, its hosts, the network between them, and everything that may befall them. */
export class World implements Scene {
  readonly world: Clockwork;
  readonly faults: Faults;
  readonly settings: Settings;
  longestLeaseMs: number;
  readonly hosts: SimHost[];
  readonly town: SimTown;
  readonly settlements: Settlements;
  readonly history = new History();
  readonly remotes: Remotes;
  readonly earlier = new EarlierWork();
  readonly lasting = new Lasting(this);
  /** Null: the town asks its hosts at their addresses. */
  readonly joined: Channels | null;
  readonly violations: string[] = [];
  readonly mendedAtMs = new Map<string, number>();
  jumpedAtMs = Number.NEGATIVE_INFINITY;
  steps = 0;
  #crashingUntilMs = 0;
  /** Which incarnation has said last that its storage fails, and not yet that it is over. */
  #failingLife: number | null = null;
  /** What a person insists on comes through while a disk fails for long: it is said again until it does, and time stands still here. */
  #isSpared = false;
  /** How often what is told now has been told before. */
  #tries = 0;

  constructor(seed: number, engine: SqlEngine, only: readonly string[] | null, joined = false) {
    this.world = new Clockwork(seed);
    this.faults = new Faults(this.world, only);
    const drawn = this.#drawSettings();
    this.settings = joined ? { ...drawn, hosts: "external" } : drawn;
    this.longestLeaseMs = this.settings.leaseMs;
    const { world, faults } = this;
    this.remotes = new Remotes(world);
    const hostCount = world.between(1, 4, "size");
    this.hosts = Array.from(
      { length: joined ? Math.max(2, hostCount) : hostCount },
      (_, n) =>
        new SimHost(`h${n}`, {
          world,
          faults,
          deliver: (report, bootId) => this.hear(report, bootId),
          deliverLater: (report, bootId, heard) => this.#hearLater(report, bootId, heard),
          pushed: (work) => this.#checkPush(work),
          declines: (of) => this.remotes.declines(of),
          isOutOfReach: ({ order }) => this.remotes.isAway(order.rig.id),
          endOf: (of) => this.lasting.endOf(of),
          roomAt: (live) => this.lasting.roomAt(`h${n}`, live),
          began: (work, beside) => this.#checkBegun(work, beside),
          died: (name) => this.joined?.lose(name),
          refusesTruly: joined,
          latestMs: this.settings.hosts === "external" ? this.settings.startDeadlineMs : 90_000,
        }),
    );
    this.settlements = new Settlements(this);
    this.town = new SimTown(world, this.settings, (alive) => this.#port(alive), engine);
    if (world.random("size") < 0.5) this.town.connections = MANY_CONNECTIONS;
    this.town.log = (line) => this.#logged(line);
    this.joined = joined ? new Channels(this) : null;
    this.town.died = () => this.joined?.townDied();
    this.town.booted = () => this.joined?.townIsBack();
    this.#letThingsGoWrong();
  }

  /** Only a disk that fails, a row that can't be read, or a death, keeps a town from writing down what it has to say about itself. */
  #logged(line: string): void {
    if (/could not be (put on record|written)/.test(line) && !/JSON/.test(line) && !isOfDisk(line))
      this.violation(`bookkeeping: ${line}`);
    const isOver = line.startsWith("SUCCEEDING: its storage");
    if (isOver && this.#failingLife === null)
      this.violation("bookkeeping: its storage is well again, and was well before");
    if (isOver) this.#failingLife = null;
    if (!line.startsWith("FAILING: the town's storage")) return;
    const life = this.town.life?.number ?? null;
    if (life !== null && life === this.#failingLife)
      this.violation("bookkeeping: that its storage fails is said twice");
    this.#failingLife = life;
  }

  readonly violation = (text: string): void => {
    if (this.violations.length < 5) this.violations.push(`step ${this.steps}: ${text}`);
  };

  /** Told until the town has taken it; one that it refuses is refused. */
  surely(fact: Fact, mayRefuse = false): void {
    this.lasting.heard(fact);
    this.#spared(() => this.#told(fact, mayRefuse));
    this.#tries = 0;
  }

  #spared(body: () => void): void {
    const before = this.#isSpared;
    this.#isSpared = true;
    try {
      body();
    } finally {
      this.#isSpared = before;
    }
  }

  #told(fact: Fact, mayRefuse: boolean): void {
    for (this.#tries = 0; ; this.#tries++) {
      try {
        const [outcome] = this.town.tell([fact], false);
        if (outcome?.status === "applied" || (mayRefuse && outcome?.status === "refused")) return;
        if (outcome?.status === "failed" && isOfDisk(outcome.error)) continue;
        this.violation(`${fact.type} was not applied: ${JSON.stringify(outcome)}`);
        return;
      } catch (error) {
        if (!(error instanceof Crash || isDiskError(error))) throw error;
      }
    }
  }

  /** Told once, over a line on which the town may die. */
  tell(facts: Fact[]): void {
    try {
      this.town.tell(facts, true);
    } catch (error) {
      if (!(error instanceof Crash || isDiskError(error))) throw error;
    }
  }

  /** A pass, whatever it takes: what was written behind the town's back is known to nobody else. */
  wake(): void {
    const { town } = this;
    this.#spared(() => {
      for (const ticks = this.#ticks; this.#ticks === ticks; ) {
        try {
          town.tell([], true);
        } catch (error) {
          if (!(error instanceof Crash || isDiskError(error))) throw error;
        }
      }
    });
  }

  /** A person has all rows looked through; a pass may have met what is damaged before. */
  looksThrough(): void {
    this.#spared(() => {
      for (let left = 100; left > 0 && this.#setAside < this.lasting.damaged; left--)
        try {
          this.town.reconcile();
        } catch (error) {
          if (!(error instanceof Crash || isDiskError(error))) throw error;
        }
    });
    this.lasting.found = this.lasting.damaged;
  }

  get #setAside(): number {
    return oneOf<{ n: number }>(this, "SELECT count(*) AS n FROM unreadable")?.n ?? 0;
  }

  get #ticks(): number {
    return oneOf<{ ticks: number }>(this, "SELECT ticks FROM town")?.ticks ?? 0;
  }

  crashLoop(ms: number): void {
    this.#crashingUntilMs = this.world.nowMs + ms;
  }

  /** From now on nothing goes wrong, and what did is over: hosts are up and reached, nobody is paused. */
  calmDown(): void {
    this.faults.on = false;
    this.remotes.openAll();
    this.lasting.endAll();
    for (const host of this.hosts) host.recover();
    this.joined?.everybodyBack();
  }

  hostOf(agentOrRig: string): SimHost {
    return this.hosts[hashOf(agentOrRig) % this.hosts.length] as SimHost;
  }

  #drawSettings(): Settings {
    const { world } = this;
    // Above a lease and whatever a message takes; some skip a tier, some go by the role.
    const stopMs = world.between(25 * 60_000, 60 * 60_000, "stalls");
    const nudgeMs = world.random("stalls") < 0.2 ? null : Math.floor(stopMs / 4);
    const escalateMs = world.random("stalls") < 0.2 ? null : Math.floor(stopMs / 2);
    const byRole = world.random("stalls") < 0.3;
    return settingsSchema.parse({
      backoffBaseMs: world.between(500, 10_000, "settings"),
      backoffCapMs: world.between(30_000, 300_000, "settings"),
      leaseMs: world.between(30_000, 120_000, "settings"),
      hosts: world.random("settings") < 0.25 ? "external" : "own",
      startsPerMinute: world.random("settings") < 0.25 ? world.between(2, 20, "settings") : 120,
      ...drawGates(world),
      retention: drawRetention(world),
      stall: byRole ? { nudgeMs: 1, escalateMs: 2, stopMs: null } : { nudgeMs, escalateMs, stopMs },
      stallByRole: byRole ? { worker: { nudgeMs, escalateMs, stopMs }, senior: { nudgeMs, escalateMs, stopMs } } : {},
    });
  }

  #port(alive: () => boolean) {
    const ports = new Map(this.hosts.map((host) => [host, host.port(alive, () => this.town.atAwait())]));
    const at = (name: string) => ports.get(this.hostOf(name)) as ReturnType<SimHost["port"]>;
    const named = this.joined?.port(alive, () => this.town.atAwait());
    return this.settlements.watch(
      named ?? {
        start: (order, signal, send) => at(order.agent).start(order, signal, send),
        land: (order, signal, send) => at(order.rig.id).land(order, signal, send),
        stop: (order, signal) => at(order.agent).stop(order, signal),
        nudge: (order, signal) => at(order.agent).nudge(order, signal),
      },
      alive,
    );
  }

  #letThingsGoWrong(): void {
    const { town, faults, world } = this;
    const die = () => {
      town.crash();
      throw new Crash();
    };
    town.beforeCall = () => {
      // A long import would never get through a loop of crashes: no time passes between its tries.
      if (this.#tries > MOST_TRIES) return;
      if (this.lasting.disk && !this.#isSpared) {
        faults.hit("storageFails");
        throw this.lasting.disk;
      }
      if (faults.strikes("storageFails")) throw new DiskError();
      if (world.nowMs < this.#crashingUntilMs && faults.on && world.random("crashLoop") < 0.05) die();
      if (faults.strikes("townCrashes")) die();
    };
    town.atAwait = () => {
      if (faults.strikes("crashAtAwait")) town.crash();
    };
    town.platform.lateByMs = () => (faults.strikes("alarmLate") ? world.between(0, 60_000, "alarm") : 0);
    town.platform.isLost = () => faults.strikes("alarmLost");
    town.platform.isDoubled = () => faults.strikes("alarmDoubled");
    town.platform.abandoned = () => faults.hit("alarmAbandoned");
  }

  /** A report arrives. Null: the town died of it, or could not even write it down. */
  hear(report: Report, bootId: string): Verdict | null {
    try {
      this.town.touch(); // what a new incarnation sees first is none of the report's doing, nor what waited before it
      if (this.town.mayGather) this.town.tell([], true);
      let expected = expectVerdict(this, report, bootId);
      if (expected.verdict === "fenced" && !expected.endsIt) {
        // What is due anyway happens first, so that all that changes after it is the report's doing.
        this.town.tell([], true);
        expected = expectVerdict(this, report, bootId);
      }
      const errors = this.faults.hits.storageFails;
      const clockMs = this.town.nowMs;
      this.earlier.says(report);
      const untold = this.#mayProve(report);
      const verdict = this.town.report(report, bootId);
      if (verdict === "ok") this.#noted(report);
      else untold(verdict === "pending");
      if (errors === this.faults.hits.storageFails && clockMs === this.town.nowMs)
        checkVerdict(this, expected, verdict);
      return verdict;
    } catch (error) {
      if (error instanceof Crash || isDiskError(error)) return null;
      throw error;
    }
  }

  /** The same, in one pass with what else comes meanwhile: what is right to answer is known of each alone. */
  #hearLater(report: Report, bootId: string, heard: (verdict: Verdict | null) => void): void {
    this.earlier.says(report);
    const untold = this.#mayProve(report);
    void this.#heardLater(report, bootId).then((verdict) => {
      if (verdict === "ok") this.#noted(report);
      else untold(verdict === "pending");
      heard(verdict);
    });
  }

  async #heardLater(report: Report, bootId: string): Promise<Verdict | null> {
    try {
      return await this.town.reportLater(report, bootId);
    } catch (error) {
      if (error instanceof Crash || isDiskError(error)) return null;
      throw error;
    }
  }

  /**
   * The very pass that takes it may begin what waited for the remote.
   *
   * @returns takes that back, for it was not taken; or it is kept, and will be taken soon
   */
  #mayProve(report: Report): (isKept: boolean) => void {
    const rig = this.#rigOf(report);
    if (rig === undefined || !provesRemote(report)) return () => {};
    const { reachedAtMs } = this.remotes;
    const before = reachedAtMs.get(rig);
    reachedAtMs.set(rig, this.town.nowMs);
    return (isKept) => {
      if (isKept) {
        reachedAtMs.set(rig, this.town.nowMs + TAKEN_BY_MS);
        // It is taken from rows then, and nobody hears of that.
        this.remotes.reached(rig, report.fence);
      } else if (before === undefined) reachedAtMs.delete(rig);
      else reachedAtMs.set(rig, before);
    };
  }

  #rigOf({ bead }: Report): string | undefined {
    return oneOf<{ id: string }>(this, "SELECT rig_id AS id FROM beads WHERE id = ?", bead)?.id;
  }

  /** What the town has taken, for the world's own account of it. */
  #noted(report: Report): void {
    this.earlier.taken(report);
    if (report.kind === "progress" || report.kind === "log") return;
    const rig = this.#rigOf(report);
    if (rig === undefined) return;
    if (report.kind !== "heartbeat")
      this.remotes.heard(rig, { kind: report.agent === null ? "landing" : "run", report });
    else if (report.agentActiveAtMs !== null) this.remotes.reached(rig, report.fence);
  }

  /** S6: nothing is pushed under a fence that the town does not hold live. */
  #checkPush({ bead, fence }: Work): void {
    const row = oneOf<{ state: string }>(this, "SELECT state FROM attempts WHERE fence = ?", fence);
    if (row?.state !== "running") this.violation(`S6 fence ${fence} of ${bead} pushes and is ${row?.state}`);
  }

  /**
   * S1, by the processes: none begins beside another on its host, nor on any host while an external one may live, nor while one
   * lives of which the town has heard. What a process may do is what its host was told when it began, whatever is set now.
   */
  #checkBegun(work: Work, beside: Work[]): void {
    for (const other of beside) this.violation(`S1 fence ${work.fence} begins beside ${other.fence} on one host`);
    if (this.world.nowMs - this.jumpedAtMs < 7_200_000) return;
    const isExternal = this.settings.hosts === "external";
    const elsewhere = this.hosts.flatMap((host) => host.live()).filter(({ bead }) => bead === work.bead);
    for (const { fence, heardAtMs, of, provedAtMs } of elsewhere)
      if (fence < work.fence && (isExternal || provedAtMs !== null) && this.world.nowMs - heardAtMs <= of.order.leaseMs)
        this.violation(`S1 fence ${work.fence} begins while ${fence} lives on another host (${this.settings.hosts})`);
  }
}

/** What could not be applied is tried again with backoff. */
const TAKEN_BY_MS = 120_000;

const isDiskError = (error: unknown): boolean => error instanceof Error && isOfDisk(error.message);
