import { sql } from "drizzle-orm";
import { agentInput, beadsInput, convoyInput, rigInput } from "../../src/commands/inputs.ts";
import { type Settings, settingsSchema } from "../../src/lib/settings.ts";
import { WEBHOOK_EVENTS, type WebhookEvent } from "../../src/lib/webhook-events.ts";
import type { Report, Verdict } from "../../src/protocol/reports.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import { DEAD_MAN_GRACE_MS, DEAD_MAN_MS } from "../../src/reconciler/limits.ts";
import { EarlierWork } from "../checks/earlier-work.ts";
import { checkBarred, RigTroubles } from "../checks/rig-troubles.ts";
import { Clockwork } from "../clockwork.ts";
import { Crash } from "../crash.ts";
import { keepsEverything } from "../history.ts";
import { nodeEngine } from "../node-engine.ts";
import { SimTown } from "../town.ts";
import { type Order, reportOf, ScriptedHost, type Work } from "./host.ts";
import { Receiver } from "./receiver.ts";
import type { Conduct, Scenario, SomeBeads, Stage } from "./scenario.ts";
import { Watch } from "./watch.ts";

/**
 * Where a crash can strike: before a statement, a commit or an alarm is written, before a call to a host, where the town
 * goes on after it waited for a timer or the disk, and between any two things that happen in the world, such as answers.
 */
export type Kind = "exec" | "commit" | "call" | "await" | "between";

/** Which points, counted from 1, are struck. */
export interface Plan {
  at: readonly number[];
  fault: "crash" | "storage error";
}

const USUAL: Conduct = {
  answer: "yes",
  answerAfterMs: 20,
  beginsAfterMs: 40,
  workMs: 20_000,
  ends: "well",
};

/** One scenario, played once. Counts the points at which it could die, and dies at those it is told to. */
export class CrashWorld {
  readonly clock: Clockwork;
  readonly town: SimTown;
  readonly engine = nodeEngine();
  readonly host: ScriptedHost;
  readonly settings: Settings;
  readonly bornAtMs: number;
  readonly watch: Watch;
  readonly receiver: Receiver;
  readonly rigTroubles = new RigTroubles();
  readonly kinds: Kind[] = [];
  readonly violations: string[] = [];
  /** Processes begun, and pushes made, each by bead. */
  readonly spawns = new Map<string, number>();
  readonly pushes = new Map<string, number>();
  /** Words that runs were given, by bead. */
  readonly nudges = new Map<string, number>();
  /** Which fences the present incarnation has asked the host for. */
  asked = new Set<number>();
  /** What was in flight when the town died, until it is taken up again. */
  orphans: { fence: number; byTick: number; byMs: number }[] = [];
  struckAt: Kind[] = [];
  /** Crashes, and times of failing statements: what excuses that something known is not yet settled. */
  blows = 0;
  readonly #scenario: Scenario;
  readonly #plan: Plan;
  readonly #variant: number;
  readonly #nth = new Map<string, number>();
  readonly #earlier = new EarlierWork();
  #calls = 0;
  #failing = 0;
  #fullUntilMs = 0;
  #alarmsLost = 0;

  constructor(scenario: Scenario, variant: number, plan: Plan) {
    this.#scenario = scenario;
    this.#variant = variant;
    this.#plan = plan;
    this.clock = new Clockwork(variant);
    this.bornAtMs = this.clock.nowMs;
    this.settings = settingsSchema.parse({ ...keepsEverything, ...scenario.settings });
    this.watch = new Watch(this);
    this.host = new ScriptedHost({
      world: this.clock,
      deliver: (report) => this.#delivered(report),
      deliverLater: scenario.gathers && ((report) => this.#deliveredLater(report)),
      stopAfterMs: scenario.stopAfterMs ?? 200,
      conductOf: (of) => this.#conductOf(of),
      preparing: (fence) => this.asked.add(fence),
      called: (of) => {
        this.asked.add(of.order.fence);
        this.#point("call");
        this.#sent(of);
        return this.watch.called(of);
      },
      stopping: (fence) => {
        this.asked.add(fence);
        this.#point("call");
      },
      nudging: ({ fence }) => {
        this.asked.add(fence);
        this.#point("call");
      },
      nudged: scenario.nudged,
      heard: ({ bead }) => this.nudges.set(bead, (this.nudges.get(bead) ?? 0) + 1),
      spawned: (work, others) => this.#spawned(work, others),
      pushed: (work) => this.#pushed(work),
      violation: (text) => this.violation(text),
    });
    this.town = new SimTown(this.clock, this.settings, (alive) => this.host.port(alive), this.engine);
    if (scenario.connections) this.town.connections = scenario.connections;
    this.receiver = new Receiver(this, scenario.told ?? { webhooks: [], events: {} });
    this.town.receiver = (order) => {
      this.asked.add(NO_FENCE);
      this.#point("call");
      return this.receiver.hears(order);
    };
    this.town.beforeCall = () => this.#beforeCall();
    this.town.atAwait = () => this.#atAwait();
    this.#set();
  }

  /** Does the next thing. False: nothing is left. */
  async step(endMs: number): Promise<boolean> {
    try {
      this.#point("between");
    } catch {
      // the town died between two things, and nobody was there to see it
    }
    const more = this.clock.step(endMs);
    // Until every promise that can go on has gone on: a macrotask comes after all of them.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.watch.settled();
    return more;
  }

  get ticks(): number {
    return this.town.tx.get<{ n: number }>(sql`SELECT ticks AS n FROM town`)?.n ?? 0;
  }

  violation(text: string): void {
    if (this.violations.length < 5) this.violations.push(text);
  }

  #set(): void {
    const { agents, work, happens, maxRunMs, provider, joined = [], told, landingsAtOnce } = this.#scenario;
    for (const { id, events = WEBHOOK_EVENTS } of told?.webhooks ?? []) this.#surely(hooked(id, events));
    for (const host of joined) {
      this.#surely({ type: "host_added", payload: { id: host, tokenHash: "0".repeat(64) } });
      this.#surely({ type: "host_connected", payload: { host, bootId: "boot" } });
    }
    const rig = {
      id: "lib",
      repoUrl: "/lib.git",
      defaultBranch: "main",
      gate: null,
      maxGateMs: 60_000,
      landingsAtOnce,
    };
    this.#surely({ type: "rig_added", payload: { ...rigInput.parse(rig), look: null } });
    for (let n = 1; n <= agents; n++)
      this.#surely({
        type: "agent_added",
        payload: agentInput.parse({ id: `a${n}`, rig: "lib", command: ["x"], maxRunMs, provider: provider?.(`a${n}`) }),
      });
    for (const batch of work) this.clock.after(batch.atMs, () => this.#surely(created(batch)));
    happens?.(this.#stage());
  }

  #stage(): Stage {
    return {
      at: (ms, act) => this.clock.after(ms, act),
      hostDies: () => this.host.die(),
      poison: () => this.#untilHeard([{ type: "run_heartbeat", payload: { bootId: "boot", report: null } } as never]),
      alarmsGoWrong: (how) => {
        if (how === "doubled") this.town.platform.isDoubled = () => true;
        else this.town.platform.isLost = () => this.#alarmsLost++ === 0;
      },
      look: () => this.#look(),
      storageFails: (statements) => {
        this.#failing = statements;
      },
      diskIsFull: (ms) => {
        this.#fullUntilMs = this.clock.nowMs + ms;
      },
      damages: (...statements) => {
        for (const statement of statements) this.engine.sql.exec(statement);
      },
      damagesAndLooks: (...statements) => {
        for (const statement of statements) this.engine.sql.exec(statement);
        this.#looksThrough();
      },
      chatter: (reports) => this.#chatter(reports),
      cancel: (bead, fence) => this.#commanded({ type: "bead_cancelled", payload: { bead, reason: "no", fence } }),
      stop: (agent, fence) => this.#commanded({ type: "agent_stopped", payload: { agent, reason: "no", fence } }),
      retry: (bead) => this.#commanded({ type: "bead_retried", payload: { bead } }),
      imports: (issues) => {
        const text = issues.map((issue) => JSON.stringify(issue)).join("\n");
        this.#surely({ type: "beads_imported", payload: { rig: "lib", text } });
      },
      convoy: (id, branch, title) =>
        this.#surely({
          type: "convoy_created",
          payload: convoyInput.parse({ id, title: id, branch, beads: [{ rig: "lib", title }] }),
        }),
      unhook: (webhook) => this.#commanded({ type: "webhook_removed", payload: { webhook } }),
      holds: (convoy) => this.#commanded({ type: "convoy_held", payload: { convoy, reason: "wait" } }),
      starts: (convoy) => this.#commanded({ type: "convoy_started", payload: { convoy } }),
      mends: (rig) => this.#commanded({ type: "landings_retried", payload: { rig } }),
      set: (settings) => this.#commanded({ type: "town_changed", payload: { settings } }),
      pause: () => this.#commanded({ type: "town_changed", payload: { paused: { why: "a look", by: "sim" } } }),
      drain: (draining) => this.#commanded({ type: "town_changed", payload: { draining } }),
      disable: (agent) => this.#commanded({ type: "agent_changed", payload: { agent, enabled: false } }),
      enable: (agent) => this.#commanded({ type: "agent_changed", payload: { agent, enabled: true } }),
      resume: () => this.#commanded({ type: "town_changed", payload: { paused: null } }),
      removeHost: (host) => this.#commanded({ type: "host_removed", payload: { host, drain: false } }),
      imposture: () => this.#imposture(),
      clockIsOff: (ms) => {
        this.town.skewMs = ms;
      },
      startThrows: (bead, untilMs) => this.#startThrows(bead, untilMs),
      saysMuch: (bead, notes) => this.#saysMuch(bead, notes),
      recordsFail: () => this.#recordsFail(),
      wakeForNothing: () => this.#untilHeard([]),
    };
  }

  /** What somebody said before it left holds. */
  #sent({ kind, order }: Order): void {
    const agent = kind === "run" ? order.agent : "";
    const shut = sql`SELECT 1 AS n FROM town t LEFT JOIN agents a ON a.id = ${agent}
      WHERE (t.paused IS NOT NULL AND t.paused <> 'null') OR t.draining OR NOT coalesce(a.enabled, 1)`;
    const waits = sql`SELECT p.not_before_ms - t.started_at_ms AS n FROM attempts t JOIN agents a ON a.id = t.agent_id JOIN providers p ON p.id = a.provider
      WHERE t.fence = ${order.fence} AND p.not_before_ms > t.started_at_ms AND json_extract(p.trouble, '$.atMs') < t.started_at_ms`;
    if (kind === "landing") checkBarred(this, order.fence);
    const early = kind === "run" ? this.town.tx.get<{ n: number }>(waits) : undefined;
    if (kind === "run") this.#earlier.check(this, order);
    if (early) this.violation(`fence ${order.fence} began ${early.n} ms before its provider takes more`);
    if (kind === "run" && order.command.length === 0) this.violation(`fence ${order.fence} is sent without a program`);
    const over = sql`SELECT 1 AS n FROM attempts WHERE fence = ${order.fence} AND ended_at_ms IS NOT NULL`;
    if (this.town.tx.get<{ n: number }>(over))
      this.violation(`S3 fence ${order.fence} is sent although its attempt is over`);
    if (this.town.tx.get<{ n: number }>(shut)) this.violation(`fence ${order.fence} is sent although a gate is shut`);
  }

  #chatter(count: number): void {
    const live = this.host.live().filter(({ of }) => of.kind === "run");
    if (live.length === 0) return;
    const facts = Array.from({ length: count }, (_, n): Fact => {
      const report = reportOf(live[n % live.length] as Work, { kind: "progress", message: `line ${n}` });
      return { type: "run_progressed", payload: { bootId: "boot", report } } as Fact;
    });
    this.#untilHeard(facts);
  }

  /** A report with a live fence and somebody else's bead: whoever says that is no run of ours. */
  #imposture(): void {
    for (const work of this.host.live()) {
      const bead = work.bead === "lib-1" ? "lib-2" : "lib-1";
      const lie = reportOf({ ...work, bead }, { kind: "finished", head: "f".repeat(40), outputTail: "" });
      try {
        const verdict = this.town.report(lie);
        if (verdict !== "fenced")
          this.violation(`S6 fence ${work.fence} of ${work.bead} spoke for ${bead}: ${verdict}`);
      } catch {
        // the town died of something else
      }
    }
  }

  #saysMuch(bead: string, notes: number): void {
    const note = "INSERT INTO bead_notes (bead_id, at_ms, kind, text) VALUES (?, 1, 'edited', 'x')";
    for (let left = notes; left > 0; left--) this.engine.sql.exec(note, bead);
  }

  /** At once, whatever strikes the town meanwhile. */
  #looksThrough(): void {
    try {
      this.town.reconcile();
    } catch {
      this.#looksThrough();
    }
  }

  #look(): void {
    try {
      this.town.look();
    } catch {
      // it died while it was asked
    }
  }

  #startThrows(bead: string, untilMs: number): void {
    const { sql } = this.engine;
    sql.exec(`CREATE TRIGGER poisoned BEFORE INSERT ON attempts WHEN NEW.bead_id = '${bead}' AND NEW.kind = 'run'
      AND EXISTS (SELECT 1 FROM attempts WHERE bead_id = NEW.bead_id) BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);
    this.clock.after(untilMs, () => void sql.exec("DROP TRIGGER poisoned"));
  }

  #recordsFail(): void {
    for (const table of ["incidents", "ticks", "bead_notes"])
      for (const verb of ["INSERT", "UPDATE"])
        this.engine.sql.exec(
          `CREATE TRIGGER unwritable_${table}_${verb} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'unwritable'); END`,
        );
  }

  /** Says it until the town has taken it. */
  #untilHeard(facts: Fact[]): void {
    try {
      this.town.tell(facts, true);
    } catch {
      this.clock.after(300, () => this.#untilHeard(facts));
    }
  }

  /** Given again until the town answers: by then it may be done already, and is refused. */
  #commanded(fact: Fact): void {
    try {
      this.town.tell([fact], false);
    } catch {
      this.clock.after(300, () => this.#commanded(fact));
    }
  }

  #surely(fact: Fact): void {
    try {
      const [outcome] = this.town.tell([fact], false);
      if (outcome?.status === "failed" && this.blows + this.struckAt.length > 0) this.#surely(fact);
      else if (outcome?.status !== "applied")
        this.violation(`${fact.type} was not applied: ${JSON.stringify(outcome)}`);
    } catch {
      this.#surely(fact);
    }
  }

  #delivered(report: Report): Verdict {
    this.#earlier.says(report);
    return this.#answered(report, this.town.report(report));
  }

  async #deliveredLater(report: Report): Promise<Verdict | null> {
    this.#earlier.says(report);
    try {
      return this.#answered(report, await this.town.reportLater(report, "boot"));
    } catch {
      return null;
    }
  }

  #answered<V extends Verdict | null>(report: Report, verdict: V): V {
    if (verdict === "ok" || verdict === "duplicate") this.#earlier.taken(report);
    return verdict;
  }

  #conductOf({ kind, order }: Order): Conduct {
    const { bead } = order;
    const key = `${kind}/${bead}`;
    const nth = (this.#nth.get(key) ?? 0) + 1;
    this.#nth.set(key, nth);
    const given =
      "agent" in order
        ? this.#scenario.run?.(bead, nth, order.agent, order.host)
        : this.#scenario.landing?.(bead, nth, order.host);
    const workMs = (kind === "run" ? USUAL.workMs : 4_000) + spread(`${this.#variant}/${key}/${nth}`, 6_000);
    return { ...USUAL, workMs, ...given };
  }

  /** S1, from the host's side: the town never begins anew what it knows to be alive. */
  #spawned(work: Work, others: Work[]): void {
    const key = `${work.of.kind}/${work.bead}`;
    this.spawns.set(key, (this.spawns.get(key) ?? 0) + 1);
    if (this.settings.hosts === "external" && others.length > 0)
      this.violation(`S1 fence ${work.fence} begins ${work.bead} beside ${others[0]?.fence}, on a host out of reach`);
    for (const { fence, heardAtMs, bead, of } of others)
      if (heardAtMs !== null && this.clock.nowMs - heardAtMs < of.order.leaseMs)
        this.violation(
          `S1 fence ${work.fence} begins ${work.bead} while fence ${fence} (${bead}) lives, heard of ${this.clock.nowMs - heardAtMs} ms ago`,
        );
  }

  #pushed({ of, bead, fence }: Work): void {
    const key = `${of.kind}/${bead}`;
    this.pushes.set(key, (this.pushes.get(key) ?? 0) + 1);
    this.#scenario.pushed?.(this.#stage(), of.kind, bead);
    const current = this.town.tx.get<{ fence: number }>(sql`SELECT fence FROM beads WHERE id = ${bead}`)?.fence ?? 0;
    if (fence < current) this.violation(`S6 fence ${fence} wrote for ${bead}, whose fence is ${current}`);
  }

  #atAwait(): void {
    try {
      this.#point("await");
    } catch {
      // who waited is dead, and the timer is not its own
    }
  }

  #beforeCall(): void {
    const kind = this.town.calls === this.#calls ? "commit" : "exec";
    this.#calls = this.town.calls;
    if (this.clock.nowMs < this.#fullUntilMs) {
      this.blows++;
      throw new Error("database or disk is full: SQLITE_FULL");
    }
    if (this.#failing > 0) {
      this.#failing--;
      this.blows++;
      throw new Error("disk I/O error");
    }
    this.#point(kind);
  }

  #point(kind: Kind): void {
    this.kinds.push(kind);
    const { at, fault } = this.#plan;
    if (this.kinds.length !== at[this.struckAt.length]) return;
    this.struckAt.push(kind);
    // One statement that fails once is no excuse: whatever was known is still settled at once.
    if (fault === "crash") this.blows++;
    if (fault === "storage error") throw new Error("disk I/O error");
    this.#crash();
    throw new Crash();
  }

  #crash(): void {
    this.town.crash();
    this.watch.died();
    this.receiver.died();
    this.asked = new Set();
    this.orphans = [];
    // Read once the transaction that dies here has been rolled back.
    this.clock.after(0, () => {
      const rows = this.town.tx.all<{ fence: number }>(sql`SELECT fence FROM effects WHERE tries > 0`);
      const byTick = this.ticks + 2;
      const { startDeadlineMs } = this.settings;
      const byMs = this.town.nowMs + Math.max(DEAD_MAN_MS, startDeadlineMs + DEAD_MAN_GRACE_MS) + 1_000;
      this.orphans = rows.filter(({ fence }) => !this.asked.has(fence)).map(({ fence }) => ({ fence, byTick, byMs }));
    });
  }
}

/** Of effects that are about no attempt. */
const NO_FENCE = 0;

const hooked = (id: string, events: readonly WebhookEvent[]): Fact => ({
  type: "webhook_added",
  payload: { id, url: "https://example.com/", events: [...events], enabled: true, secret: `whsec_${"A".repeat(43)}=` },
});

const created = ({ beads }: SomeBeads): Fact => ({
  type: "beads_created",
  payload: beadsInput.parse({ beads: beads.map((bead) => ({ rig: "lib", ...bead })) }),
});

/** A number below `width` that belongs to this name: no generator, so that a crash shifts nothing. */
function spread(name: string, width: number): number {
  let hash = 2_166_136_261;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return (hash >>> 0) % width;
}
