import type { Report } from "../src/ports/protocol.ts";
import { pause } from "./clock.ts";
import { maxRefusals, reportBackoffMs, reportGiveUpMs } from "./limits.ts";
import type { Log } from "./log.ts";
import { type Delivery, postReport, type Reporting } from "./post-report.ts";

export type Parcel = { town: string; reporting: Reporting; report: Report; sinceMs: number };

/** How it ended: the town has it, the town did not want it, or a day went by. `stopped`: the host is closing first. */
type Fate = "delivered" | "fenced" | "given_up" | "stopped";

/** Sends last words until they arrive. Whoever hands one in has it on disk already, so a restart hands it in again. */
export class Outbox {
  readonly #bootId: string;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #open = new Set<Promise<Fate>>();

  constructor(bootId: string, log: Log) {
    this.#bootId = bootId;
    this.#log = log;
  }

  /** @param after what must be through first: the run's last heartbeat, so that its reports arrive in order */
  send(parcel: Parcel, after: Promise<unknown>): Promise<Fate> {
    const sending = after.then(() => this.#sendUntilDone(parcel));
    this.#open.add(sending);
    void sending.finally(() => this.#open.delete(sending));
    return sending;
  }

  /** When all that is under way now is through. */
  async idle(): Promise<void> {
    await Promise.all(this.#open);
  }

  close(): void {
    this.#closing.abort();
  }

  async #sendUntilDone({ town, reporting, report, sinceMs }: Parcel): Promise<Fate> {
    const label = `${town}/${report.bead} fence ${report.fence}: ${report.kind}`;
    const signal = this.#closing.signal;
    let waitMs = reportBackoffMs.first;
    let refusals = 0;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const delivery = await postReport(reporting, this.#bootId, report, signal);
      if (delivery.kind === "delivered") return "delivered";
      refusals = delivery.kind === "unknown_here" ? refusals + 1 : 0;
      if (delivery.kind === "fenced" || refusals >= maxRefusals) {
        this.#log(`${label} not wanted by the town any more`);
        return "fenced";
      }
      if (Date.now() - sinceMs > reportGiveUpMs) {
        this.#log(`${label} could not be delivered for a day, given up`);
        return "given_up";
      }
      if (attempt === 1 && !signal.aborted) this.#log(`${label} not delivered yet (${whyOf(delivery)}), trying on`);
      await pause(Math.max(waitMs, Math.min(retryAfter(delivery), 60_000)), signal);
      waitMs = Math.min(waitMs * 2, reportBackoffMs.cap);
    }
    return "stopped";
  }
}

function whyOf(delivery: Delivery): string {
  return "why" in delivery ? delivery.why : delivery.kind;
}

function retryAfter(delivery: Delivery): number {
  return delivery.kind === "failed" ? delivery.retryAfterMs : 0;
}
