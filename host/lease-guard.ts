import type { Usage } from "../src/agents/said.ts";
import type { Report } from "../src/protocol/reports.ts";
import { elapsedMs, instant, pause, settledWithin, timerMs } from "./clock.ts";
import { endsEarly, maxRefusals, pendingRetries, reportBackoffMs, sleptMs, wakeRoundMs } from "./limits.ts";
import { aboutOf, type Log } from "./log.ts";
import { LogReports, type News } from "./log-reports.ts";
import { Ended, type EndReason, StepFailure } from "./outcomes.ts";
import type { Speaker } from "./places.ts";
import { type Delivery, postReports } from "./post-report.ts";
import { neverShow, secretsIn } from "./redact.ts";
import { numbered, type ReportIdentity } from "./report-identity.ts";

/** What a heartbeat tells about the program, and the log reports beside it. */
type Watched = { readonly activeAtMs: number | null; readonly usage?: Usage | null } & News;

/**
 * The time in which a run or landing may act: from its acceptance until the town fences it, stays out of reach for a
 * whole lease, or the attempt is called off. Sends the heartbeats; everything that acts asks here first.
 */
export class LeaseGuard {
  #identity: ReportIdentity;
  #leaseFrom = instant();
  #leaseMs: number;
  /** When the lease was last looked at. */
  #lookedAt = instant();
  /** The round of heartbeats after a sleep, which judges the lease in its end. */
  #asking: Promise<void> | null = null;
  #refusals = 0;
  /** The town has said of a heartbeat that this fence holds. */
  #isHeard = false;
  /** It took the last heartbeat. */
  #isReached = false;
  #beating: Promise<Delivery> | null = null;
  #timers: NodeJS.Timeout[] = [];
  #retry: NodeJS.Timeout | undefined;
  readonly #controller = new AbortController();
  readonly #speaker: Speaker;
  readonly #watched: () => Watched | null;
  readonly #logReports: LogReports;
  readonly #mayShow: (() => void)[];
  readonly #log: Log;

  /** @param watched the program, once it runs */
  constructor(speaker: Speaker, identity: ReportIdentity, watched: () => Watched | null, log: Log) {
    this.#speaker = speaker;
    this.#identity = identity;
    this.#leaseMs = identity.reporting.leaseMs;
    this.#watched = watched;
    this.#logReports = new LogReports(speaker, watched);
    this.#log = log;
    this.#mayShow = [hushed(identity)];
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get fence(): number {
    return this.#identity.fence;
  }

  begin(): void {
    const { heartbeatMs, leaseMs } = this.#identity.reporting;
    this.#timers = [
      setInterval(() => this.#tryToBeat(), timerMs(heartbeatMs)),
      setInterval(() => this.#judgeLease(), timerMs(Math.min(sleptMs.least / 2, leaseMs / 20))),
    ];
    this.#tryToBeat();
    this.#logReports.watch(this.#identity, () => this.#isReached, this.signal);
  }

  /**
   * Goes on under a new fence, reporting as told there. Answers still on their way to the old one count no more. What runs,
   * runs on the word that the town gave the older fence: that lease goes on until the newer one is heard of.
   */
  renew(identity: ReportIdentity): void {
    this.#stopTimers();
    this.#mayShow.push(hushed(identity));
    this.#identity = identity;
    this.#refusals = 0;
    this.#isHeard = false;
    this.#beating = null;
    this.#asking = null;
    this.begin();
  }

  /** Only the first reason counts. */
  end(reason: EndReason): void {
    if (this.signal.aborted) return;
    this.#stopTimers();
    this.#controller.abort(new Ended(reason));
  }

  /** @throws Ended if the time is over; a process that slept asks the town first */
  async inTime(): Promise<void> {
    this.#judgeLease();
    await this.#asking;
    this.signal.throwIfAborted();
  }

  /**
   * Until the town has said once that this fence holds. An order may have lain in a machine that slept, on a wire that was
   * slow, or in a record since before a restart, for so long that another host has its place.
   *
   * @throws Ended if the lease runs out before
   */
  async untilHeard(): Promise<void> {
    let waitMs = reportBackoffMs.first;
    for (;;) {
      await this.inTime();
      if (this.#isHeard) return;
      await (this.#beating ?? this.#beatAfresh());
      if (this.#isHeard) continue;
      await pause(waitMs, this.signal);
      waitMs = Math.min(waitMs * 2, reportBackoffMs.cap);
    }
  }

  /**
   * Right before what can't be taken back: there is no more time to ask.
   *
   * @throws Ended if the time is over, now
   */
  guard(): void {
    if (this.#isLapsed) this.end("lease");
    this.signal.throwIfAborted();
  }

  /**
   * Asks the town whether this fence still holds, until it answers or the lease runs out.
   *
   * @param strictly takes only a verdict that was applied, for what can't be taken back
   * @throws Ended if it does not hold; StepFailure `unconfirmed` if the town takes heartbeats but applies none
   */
  async confirm(strictly = false): Promise<void> {
    let waitMs = reportBackoffMs.first;
    let pendings = 0;
    for (;;) {
      await this.inTime();
      // What was printed until now goes with the last word, or with the next beat if that is sooner.
      const delivery = await this.#beatAfresh({ tellsNews: false });
      await this.inTime();
      if (delivery.kind === "delivered") {
        if (!strictly || delivery.verdict !== "pending") return;
        if (++pendings > pendingRetries.times) throw unconfirmed();
        await pause(pendingRetries.everyMs, this.signal);
        continue;
      }
      await pause(waitMs, this.signal);
      waitMs = Math.min(waitMs * 2, reportBackoffMs.cap);
    }
  }

  /**
   * Sends no more heartbeats; returns when the last one is through, so that reports stay in order.
   *
   * @param willReport a last word follows
   * @returns the rest of the output, which goes ahead of that
   */
  async close(willReport: boolean): Promise<readonly Report[]> {
    this.#stopTimers();
    const rest = willReport ? this.#logReports.takeLast(this.#identity) : [];
    await this.#beating;
    const ahead = await rest;
    for (const mayShow of this.#mayShow) mayShow();
    return ahead;
  }

  /**
   * Only the newest heartbeat matters: while one is under way, none waits behind it. One that does not get through is
   * not left for the next beat, since a town that is just coming back has waited long enough to hear of this run.
   */
  #tryToBeat(waitMs = reportBackoffMs.first): void {
    if (this.#beating) return;
    clearTimeout(this.#retry);
    const identity = this.#identity;
    void this.#beatAfresh().then(({ kind }) => {
      if (kind !== "failed" || identity !== this.#identity || this.#timers.length === 0) return;
      const nextMs = Math.min(waitMs * 2, reportBackoffMs.cap);
      this.#retry = setTimeout(() => this.#tryToBeat(nextMs), waitMs);
    });
  }

  /** One heartbeat at a time, so that they arrive in order. */
  async #beatAfresh({ tellsNews } = { tellsNews: true }): Promise<Delivery> {
    while (this.#beating) await this.#beating;
    const beating = this.#beat(tellsNews);
    this.#beating = beating;
    const delivery = await beating;
    if (this.#beating === beating) this.#beating = null;
    return delivery;
  }

  async #beat(tellsNews: boolean): Promise<Delivery> {
    const identity = this.#identity;
    const { activeAtMs: agentActiveAtMs = null, usage } = this.#watched() ?? {};
    const told = { agentActiveAtMs, sentAtMs: Date.now(), ...(usage && { usage }) };
    const heartbeat = numbered(identity, { kind: "heartbeat", ...told } as const);
    if (!heartbeat) return { kind: "failed", why: "the state directory cannot be written", retryAfterMs: 0 };
    const delivery = await postReports(identity.reporting, this.#speaker, [heartbeat], this.signal);
    if (identity !== this.#identity) return { kind: "failed", why: "adopted meanwhile", retryAfterMs: 0 };
    this.#heed(delivery);
    if (tellsNews && delivery.kind === "delivered") this.#logReports.send(identity, this.signal);
    return delivery;
  }

  #heed(delivery: Delivery): void {
    this.#isReached = delivery.kind === "delivered";
    if (delivery.kind === "fenced") this.end("fenced");
    if (delivery.kind !== "unknown_here") this.#refusals = 0;
    else if (++this.#refusals >= maxRefusals) {
      this.#log(`the town does not know it (${delivery.why})`, { level: "warn", ...aboutOf(this.#identity) });
      this.end("fenced");
    }
    // A duplicate changed nothing in the town, so it prolongs nothing here either.
    if (delivery.kind !== "delivered" || delivery.verdict === "duplicate") return;
    this.#isHeard ||= delivery.verdict === "ok";
    // The lease counts from when the report was *sent*: the town's began later, so it ends after ours.
    if (elapsedMs(delivery.sentAt) < elapsedMs(this.#leaseFrom)) this.#leaseFrom = delivery.sentAt;
    this.#leaseMs = this.#identity.reporting.leaseMs;
  }

  get #isLapsed(): boolean {
    const leaseMs = this.#leaseMs;
    return elapsedMs(this.#leaseFrom) >= leaseMs - Math.min(endsEarly.most, endsEarly.ofLease * leaseMs);
  }

  /**
   * Ends what stayed out of the town's reach for so long that its lease is about to end. Not at once if this process did not run meanwhile: then it sent
   * no heartbeat for want of trying, and only the town can say whether the fence still holds.
   */
  #judgeLease(): void {
    const leastMs = Math.max(sleptMs.least, sleptMs.ofLease * this.#identity.reporting.leaseMs);
    const slept = elapsedMs(this.#lookedAt) >= leastMs;
    this.#lookedAt = instant();
    if (this.#asking || this.#timers.length === 0 || !this.#isLapsed) return;
    if (slept) this.#askFirst();
    else this.end("lease");
  }

  #askFirst(): void {
    const asking = this.#ask(this.#identity).finally(() => {
      if (this.#asking === asking) this.#asking = null;
    });
    this.#asking = asking;
  }

  /** One bounded round of heartbeats. However it goes, the lease has been judged when it is over. */
  async #ask(identity: ReportIdentity): Promise<void> {
    const untilMs = performance.now() + Math.min(wakeRoundMs, identity.reporting.leaseMs);
    const isOver = () =>
      identity !== this.#identity || this.signal.aborted || this.#timers.length === 0 || !this.#isLapsed;
    this.#log("this host did not run for a while, and asks the town before it goes on", {
      level: "warn",
      ...aboutOf(this.#identity),
    });
    let waitMs = reportBackoffMs.first;
    while (!isOver()) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return this.end("lease");
      await settledWithin(this.#beatAfresh(), leftMs);
      if (isOver()) return;
      await pause(Math.min(waitMs, leftMs), this.signal);
      waitMs *= 2;
    }
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#retry);
    this.#logReports.close();
    this.#timers = [];
  }
}

/** Hides what a run or landing was given in confidence, until it is over. */
const hushed = ({ reporting, env = {} }: ReportIdentity): (() => void) => neverShow(reporting.token, ...secretsIn(env));

function unconfirmed(): StepFailure {
  return new StepFailure(
    "unreachable",
    "unconfirmed",
    "The town took heartbeats but applied none, so nothing was pushed.",
  );
}
