import type { Report } from "../src/protocol/reports.ts";
import { pause } from "./clock.ts";
import { maxRefusals, reportBackoffMs, reportGiveUpMs } from "./limits.ts";
import { aboutOf, type Log } from "./log.ts";
import type { Speaker } from "./places.ts";
import { type Delivery, postReports, type Reporting } from "./post-report.ts";

export type Parcel = { town: string; reporting: Reporting; report: Report; sinceMs: number };

/**
 * How it ended: the town has it, the town did not want it, a day went by, or its run was stopped meanwhile.
 * `closed`: the host is closing first.
 */
type Fate = "delivered" | "fenced" | "given_up" | "withdrawn" | "closed";

/** Sends last words until they arrive. The caller has it on disk already, so a restart hands it in again. */
export class Outbox {
  readonly #speaker: Speaker;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #open = new Map<Promise<Fate>, { parcel: Parcel; withdrawal: AbortController }>();

  constructor(speaker: Speaker, log: Log) {
    this.#speaker = speaker;
    this.#log = log;
  }

  /**
   * @param ahead resolves when the run's last heartbeat is through, so that its reports arrive in order: to what else the run has to say. That
   *   goes along with the first try
   */
  send(parcel: Parcel, ahead: Promise<readonly Report[]>): Promise<Fate> {
    const withdrawal = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, withdrawal.signal]);
    const sending = ahead.then((reports) => this.#sendUntilDone(parcel, reports, signal));
    this.#open.set(sending, { parcel, withdrawal });
    void sending.finally(() => this.#open.delete(sending));
    return sending;
  }

  /** Sends these no more; returns when none of them is on its way. */
  async withdraw(isUnwanted: (parcel: Parcel) => boolean): Promise<void> {
    const unwanted = [...this.#open].filter(([, { parcel }]) => isUnwanted(parcel));
    for (const [, { withdrawal }] of unwanted) withdrawal.abort();
    await Promise.all(unwanted.map(([sending]) => sending));
  }

  /** How many have not arrived yet. */
  get size(): number {
    return this.#open.size;
  }

  /** When all that is under way now is through. */
  async idle(): Promise<void> {
    await Promise.all(this.#open.keys());
  }

  close(): void {
    this.#closing.abort();
  }

  async #sendUntilDone(
    { town, reporting, report, sinceMs }: Parcel,
    ahead: readonly Report[],
    signal: AbortSignal,
  ): Promise<Fate> {
    const about = { level: "warn", ...aboutOf({ town, ...report }) } as const;
    let waitMs = reportBackoffMs.first;
    let refusals = 0;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const told = attempt === 1 ? ahead : [];
      const delivery = await postReports(reporting, this.#speaker, [...told, report], signal);
      if (delivery.kind === "delivered") return "delivered";
      refusals = delivery.kind === "unknown_here" ? refusals + 1 : 0;
      if (delivery.kind === "fenced" || refusals >= maxRefusals) {
        this.#log(`${report.kind} not wanted by the town any more`, about);
        return "fenced";
      }
      if (Date.now() - sinceMs > reportGiveUpMs) {
        this.#log(`${report.kind} could not be delivered for a day, given up`, { ...about, level: "error" });
        return "given_up";
      }
      if (attempt === 1 && !signal.aborted)
        this.#log(`${report.kind} not delivered yet (${whyOf(delivery)}), trying on`, about);
      await pause(Math.max(waitMs, Math.min(retryAfter(delivery), 60_000)), signal);
      waitMs = Math.min(waitMs * 2, reportBackoffMs.cap);
    }
    return this.#closing.signal.aborted ? "closed" : "withdrawn";
  }
}

function whyOf(delivery: Delivery): string {
  return "why" in delivery ? delivery.why : delivery.kind;
}

function retryAfter(delivery: Delivery): number {
  return delivery.kind === "failed" ? delivery.retryAfterMs : 0;
}
