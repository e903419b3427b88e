import { elapsedMs, instant, pause, timerMs } from "./clock.ts";
import { maxRefusals, pendingRetries, reportBackoffMs } from "./limits.ts";
import type { Log } from "./log.ts";
import { Ended, type EndReason, StepFailure } from "./outcomes.ts";
import { type Delivery, postReport, type Reporting } from "./post-report.ts";
import type { SeqCounter } from "./seq-counter.ts";

type Voice = { agent: string | null; bead: string; fence: number; reporting: Reporting; seq: SeqCounter };

/**
 * The time in which a run or landing may act: from its acceptance until the town fences it, stays out of reach for a
 * whole lease, or somebody ends it. Sends the heartbeats; everything that acts asks here first.
 */
export class Tenure {
  #voice: Voice;
  #leaseFrom = instant();
  #refusals = 0;
  #beating: Promise<Delivery> | null = null;
  #timers: NodeJS.Timeout[] = [];
  readonly #controller = new AbortController();
  readonly #bootId: string;
  readonly #activeAtMs: () => number | null;
  readonly #log: Log;

  constructor(bootId: string, voice: Voice, activeAtMs: () => number | null, log: Log) {
    this.#bootId = bootId;
    this.#voice = voice;
    this.#activeAtMs = activeAtMs;
    this.#log = log;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get fence(): number {
    return this.#voice.fence;
  }

  begin(): void {
    const { heartbeatMs, leaseMs } = this.#voice.reporting;
    this.#timers = [
      setInterval(() => this.#tryToBeat(), timerMs(heartbeatMs)),
      setInterval(() => this.#watchLease(), timerMs(Math.min(1_000, leaseMs / 10))),
    ];
    this.#tryToBeat();
  }

  /** Goes on under a new fence, reporting as told there. Answers still on their way to the old one count no more. */
  renew(voice: Voice): void {
    this.#stopTimers();
    this.#voice = voice;
    this.#leaseFrom = instant();
    this.#refusals = 0;
    this.#beating = null;
    this.begin();
  }

  /** Only the first reason counts. */
  end(reason: EndReason): void {
    if (this.signal.aborted) return;
    this.#stopTimers();
    this.#controller.abort(new Ended(reason));
  }

  /** @throws Ended if the time is over, now: a process that was paused finds out here */
  guard(): void {
    this.#watchLease();
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
      this.guard();
      const delivery = await this.#beatAfresh();
      this.guard();
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

  /** Sends no more heartbeats; returns when the last one is through, so that reports stay in order. */
  async close(): Promise<void> {
    this.#stopTimers();
    await this.#beating;
  }

  /** Only the newest heartbeat matters: while one is under way, none waits behind it. */
  #tryToBeat(): void {
    if (!this.#beating) void this.#beatAfresh();
  }

  /** One heartbeat at a time, so that they arrive in order. */
  async #beatAfresh(): Promise<Delivery> {
    while (this.#beating) await this.#beating;
    const beating = this.#beat();
    this.#beating = beating;
    const delivery = await beating;
    if (this.#beating === beating) this.#beating = null;
    return delivery;
  }

  async #beat(): Promise<Delivery> {
    const voice = this.#voice;
    const { agent, bead, fence, reporting } = voice;
    const seq = nextSeq(voice);
    if (seq === null) return { kind: "failed", why: "the state directory cannot be written", retryAfterMs: 0 };
    const heartbeat = { kind: "heartbeat", agent, bead, fence, seq, agentActiveAtMs: this.#activeAtMs() } as const;
    const delivery = await postReport(reporting, this.#bootId, heartbeat, this.signal);
    if (voice === this.#voice) this.#heed(delivery);
    return voice === this.#voice ? delivery : { kind: "failed", why: "adopted meanwhile", retryAfterMs: 0 };
  }

  #heed(delivery: Delivery): void {
    if (delivery.kind === "fenced") this.end("fenced");
    if (delivery.kind !== "unknown_here") this.#refusals = 0;
    else if (++this.#refusals >= maxRefusals) {
      this.#log(`fence ${this.fence}: the town does not know it (${delivery.why})`);
      this.end("fenced");
    }
    // A duplicate changed nothing in the town, so it prolongs nothing here either.
    if (delivery.kind !== "delivered" || delivery.verdict === "duplicate") return;
    // The lease counts from when the report was *sent*: the town's began later, so it ends after ours.
    if (elapsedMs(delivery.sentAt) < elapsedMs(this.#leaseFrom)) this.#leaseFrom = delivery.sentAt;
  }

  #watchLease(): void {
    if (elapsedMs(this.#leaseFrom) >= this.#voice.reporting.leaseMs) this.end("lease");
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }
}

/** Null when the disk is full: then no heartbeat leaves, and the lease ends what cannot be accounted for. */
function nextSeq(voice: Voice): number | null {
  try {
    return voice.seq.next();
  } catch {
    return null;
  }
}

function unconfirmed(): StepFailure {
  return new StepFailure(
    "unreachable",
    "unconfirmed",
    "The town took heartbeats but applied none, so nothing was pushed.",
  );
}
