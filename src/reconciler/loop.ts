import { besidePasses } from "../db/changes.ts";
import type { Db, Tx } from "../db/client.ts";
import { damage } from "../db/lenient.ts";
import type { TownRow } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { isBeginning, type Lane } from "../lib/lane.ts";
import { storageTroubleOf } from "../lib/storage-trouble.ts";
import type { Ports, Send } from "../ports/ports.ts";
import { Arming } from "./arming.ts";
import { freesNobody, nothingUnrecorded, type PassInput } from "./begin.ts";
import { armed, wentBack } from "./clock.ts";
import { Complaints } from "./complaints.ts";
import { type Launched, runEffect } from "./effects.ts";
import { putOnRecord } from "./failed-pass.ts";
import { type Came, Gathering, nothingCame, nothingLaunched, type Tick } from "./gathering.ts";
import { keepOutcome, keepTick, nothingRead, pointOf } from "./history.ts";
import { Calls, type InFlight } from "./in-flight.ts";
import type { Fact } from "./ingest.ts";
import type { Launch } from "./launch.ts";
import { ALARM_HANGS_MS, DEAD_MAN_MS, MIN_WAKE_MS } from "./limits.ts";
import { runPass } from "./pass.ts";
import { ProofReader } from "./proof-reader.ts";
import type { PassResult } from "./record.ts";
import { creditHealing, noticeOverdue } from "./watch/incidents.ts";
import { inFlightSince, isStale, pauseNow, staleThresholdMs } from "./watch/staleness.ts";
import type { Watched, WatchMode } from "./watch.ts";

/** Whether a row may be the reason why something was not done. */
type Reading = { maybeUnreadable: boolean };

/**
 * The alarm-driven loop of one town, in one incarnation of its object. What must survive is in rows; what is here may be
 * lost at any time: which calls are out, and a few things that the next pass can do without.
 */
export class Loop {
  readonly #db: Db;
  readonly #ports: Ports;
  readonly #calls: Calls;
  readonly #gathering: Gathering;
  readonly reader: ProofReader;
  readonly #activity = new Set<Promise<void>>();
  #first = true;
  /**
   * What the last pass left for the next one. If it is lost, the first pass of the next incarnation looks for it anew (`queued`,
   * `reported`), or it is not counted (`unrecorded`).
   */
  #left: Pick<PassInput, "queued" | "unrecorded" | "reported"> = {
    queued: false,
    unrecorded: nothingUnrecorded,
    reported: null,
  };
  readonly #complaints: Complaints;
  readonly #arming: Arming;
  /** Since when an alarm waits for its dead-man to be on disk. */
  #ringingSinceMs: number | null = null;

  constructor(db: Db, ports: Ports) {
    this.#db = db;
    this.#ports = ports;
    this.#calls = new Calls(ports);
    this.#arming = new Arming(ports.alarm);
    this.#gathering = new Gathering(ports, {
      ofOne: (came) => this.#pass(came, true),
      ofSeveral: (came) => this.#pass(came, false),
    });
    this.#complaints = new Complaints((line) => ports.log(line));
    this.reader = new ProofReader((body) => this.#beside(body), ports);
  }

  /**
   * One pass in one transaction, its alarm armed inside; then its effects, which are not waited for.
   *
   * @param facts what has just arrived
   * @param keepsFacts true: a fact is never lost, even when the tick throws. False: the caller is waiting and is told instead.
   */
  tick(facts: readonly Fact[] = [], keepsFacts = true): Tick {
    const came = { ...nothingCame, facts, keepsFacts };
    return keepsFacts ? this.#gathering.takeNow(came) : this.#pass(came, true);
  }

  /** The same, in one pass with what else comes while a commit is on its way to disk. */
  take(facts: readonly Fact[]): Promise<Tick> {
    return this.#gathering.take(() => ({ ...nothingCame, facts }));
  }

  /** @param isLast false: where it fails, the caller tries again in another way, so nothing is put on record of it */
  #pass(came: Came, isLast: boolean): Tick {
    damage.seen = false;
    const { maybeUnreadable, ...tick } = this.#tick(came, true, isLast);
    if (!maybeUnreadable || !this.reader.lookThrough()) return tick;
    // Rows that could not be read are set aside now, so it is tried again. The caller's command too, if it failed: nothing of it
    // has happened.
    const isTold = !came.keepsFacts && tick.outcomes.every(({ status }) => status === "failed");
    const facts = isTold ? came.facts : [];
    const again = this.#tick({ ...nothingCame, facts, keepsFacts: came.keepsFacts }, false, true);
    const done = Promise.all([tick.done, again.done]).then(() => undefined);
    const ordersLeft = Promise.all([tick.ordersLeft, again.ordersLeft]).then(() => undefined);
    return { outcomes: isTold ? again.outcomes : tick.outcomes, done, ordersLeft };
  }

  /** @param again whether rows may be looked through, and the pass be tried once more, should it throw */
  #tick(came: Came, again: boolean, isLast: boolean): Tick & Reading {
    const nowMs = this.#ports.clock.now();
    this.#calls.forgetHung(nowMs);
    const meter = this.#ports.meter();
    let pass: PassResult;
    let rows = nothingRead;
    try {
      pass = this.#transaction((tx) => {
        const { random, waiting } = this.#ports;
        const input = {
          ...came,
          nowMs,
          random,
          waiting,
          inFlight: this.#calls,
          hung: this.#hangs(nowMs),
          first: this.#first,
          ...this.#left,
        };
        const result = runPass(tx, input);
        rows = meter();
        // What it cost stands with the tick, or, where none is kept, with the outcome that brought it about.
        for (const [index, settled] of came.settled.entries())
          result.news.push(...keepOutcome(tx, settled, nowMs, result.eventful || index > 0 ? nothingRead : rows));
        if (result.eventful) result.news.push(...keepTick(tx, result, input, rows));
        this.#arming.arm(result.wakeAtMs, nowMs, result.latenessMs !== null);
        return result;
      });
    } catch (error) {
      meter();
      if (again && storageTroubleOf(error) === null && this.reader.lookThrough())
        return this.#tick(came, false, isLast);
      if (!isLast) throw error;
      return { ...this.#failed(came, error, nowMs), maybeUnreadable: false };
    }
    this.#complaints.end();
    if (pass.queued) this.#gathering.hurry();
    const committed = this.#gathering.committed();
    const first = this.#first;
    this.#first = false;
    this.#left = { queued: pass.queued, unrecorded: pass.unrecorded, reported: pass.reported };
    for (const { id, why } of pass.withdrawn) this.#calls.withdraw(id, why);
    for (const line of pass.news) this.#ports.log(line);
    this.#ports.wakes(pass.wakeAtMs);
    this.#ports.changed(pass);
    if (pass.eventful) this.#ports.ticked(pointOf(pass, rows));
    const done = this.#launch(pass.launches, pass.tick, first);
    const ordersLeft = pass.launches.some(({ kind }) => isBeginning(kind)) ? committed : nothingLaunched.ordersLeft;
    return { outcomes: pass.outcomes, done, ordersLeft, maybeUnreadable: pass.maybeUnreadable || damage.seen };
  }

  /**
   * The platform's alarm went off. It drops an alarm for ever after a few throws, so no tick may throw out of here: arm
   * first, on disk, before any work that could take the object down; then tick; the loop comes back however that ends.
   * Only when not even that can be written does it throw: then the platform's own retry is all there is.
   */
  async alarm(): Promise<void> {
    const { clock, sync } = this.#ports;
    this.#ringingSinceMs = clock.now();
    try {
      this.#arming.setDeadMan(clock.now());
      await sync();
    } finally {
      this.#ringingSinceMs = null;
    }
    try {
      this.tick();
    } catch {
      // That was said, and the dead-man alarm stands.
    }
  }

  /** Every entry re-derives a missing alarm: one lost by the platform is back with the next call of any client. */
  rearm(): void {
    const row = armed(this.#db as unknown as Tx).get();
    if (!row || row.wakeAtMs === null) return;
    const { alarm, clock } = this.#ports;
    const nowMs = clock.now();
    if (wentBack(row, nowMs)) alarm.set(nowMs + MIN_WAKE_MS);
    else if (alarm.atMs == null || alarm.atMs < nowMs - DEAD_MAN_MS)
      alarm.set(Math.max(row.wakeAtMs, nowMs + MIN_WAKE_MS));
  }

  /**
   * The watchtower looks after this town. What it sees and the loop can't is put on record; a tick that is overdue is
   * made up for at once.
   */
  watched(by: string, mode: WatchMode): Watched {
    const { clock } = this.#ports;
    this.#notice(by, mode === "heal");
    this.rearm();
    const nowMs = clock.now();
    const before = this.#row();
    const isOverdue = before.nextWakeAtMs !== null && before.nextWakeAtMs < nowMs;
    // What was in flight when this incarnation began has no runner now: taken up at once, not at its dead-man.
    const isOrphaned = this.#first && inFlightSince(before) !== null;
    if (mode === "heal" && (isOverdue || isOrphaned)) this.tick();
    const row = this.#row();
    const stale = pauseNow(row, nowMs) === null && isStale(row, nowMs, staleThresholdMs(row.settings));
    return { stale, inFlight: inFlightSince(row) !== null, wakeAtMs: row.nextWakeAtMs };
  }

  /** The watchtower is about to end this incarnation. */
  restarting(by: string): void {
    this.#notice(by, true);
  }

  #notice(by: string, heals: boolean): void {
    const news = this.#beside((tx) => {
      const nowMs = this.#ports.clock.now();
      const lines = noticeOverdue(tx, readTown(tx), nowMs, by, this.#hangs(nowMs));
      if (heals) creditHealing(tx, by);
      return lines;
    });
    for (const line of news) this.#ports.log(line);
  }

  #row(): TownRow {
    return readTown(this.#db as unknown as Tx);
  }

  /** What is asked of hosts now. */
  get inFlight(): InFlight {
    return this.#calls;
  }

  /** A call that is no effect takes its turn in the slots of effects. */
  ask<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    return this.#calls.lend(lane, work, () => {
      if (this.#left.queued) this.tick();
    });
  }

  /** Resolves when those of these starts and landings that have left are answered, after `ms` at the latest. */
  answered(of: (launch: Launch) => boolean, ms: number): Promise<void> {
    return this.#calls.answered(of, ms);
  }

  /** For tests and measurements: resolves when no effect is in flight and none follows. No part of the town waits for that. */
  async quiet(): Promise<void> {
    while (this.#activity.size > 0) await Promise.allSettled(this.#activity);
  }

  #transaction<T>(body: (tx: Tx) => T): T {
    try {
      return this.#db.transaction((tx) => body(tx));
    } catch (error) {
      this.#ports.alarm.forget();
      throw error;
    }
  }

  #beside<T>(body: (tx: Tx) => T): T {
    const { value, ...changed } = this.#transaction((tx) => besidePasses(tx, body));
    this.#ports.changed(changed);
    return value;
  }

  /** Whether something that should long have ended has not: an effect past its deadline, or the alarm. */
  #hangs(nowMs: number): boolean {
    return this.#calls.hang || (this.#ringingSinceMs !== null && nowMs - this.#ringingSinceMs > ALARM_HANGS_MS);
  }

  #launch(launches: readonly Launch[], tick: number, first: boolean): Promise<void> {
    if (launches.length === 0) return Promise.resolve();
    const nowMs = this.#ports.clock.now();
    const launched = { tick, startedAtMs: nowMs, first, left: launches.length };
    const runs = launches.map((launch) => this.#calls.begin(launch, (send) => this.#run(launch, launched, send)));
    const done = Promise.allSettled(runs)
      .then(() => undefined)
      .finally(() => this.#activity.delete(done));
    this.#activity.add(done);
    return done;
  }

  /** One effect, from its start to its settlement: a tick of its own, which gives its slot and its agent to what waits. */
  async #run(launch: Launch, of: Launched, send: Send): Promise<void> {
    const settlement = await runEffect(launch, this.#ports, send);
    const came = () => {
      this.#calls.ended(launch.id); // should it not get settled: the row is there, and due again at its dead-man
      of.left--;
      return { ...nothingCame, settled: [{ launch, settlement, of: { ...of } }] };
    };
    try {
      await this.#gathering.take(came, this.#left.queued || !freesNobody({ launch, settlement }));
    } catch (error) {
      // Only a dead or full database gets here; what matters is in rows, and the alarm stands.
      this.#complaints.about(error, "an outcome could not be recorded");
    }
  }

  #failed(came: Came, error: unknown, nowMs: number): Tick {
    const { alarm, random, log } = this.#ports;
    const loop = { beside: <T>(body: (tx: Tx) => T) => this.#beside(body), complaints: this.#complaints };
    for (const line of putOnRecord(came, error, { nowMs, random, alarm }, loop)) log(line);
    if (!came.keepsFacts) throw error;
    return { outcomes: came.facts.map(() => ({ status: "pending" })), ...nothingLaunched };
  }
}
