import type { Report, Verdict } from "../src/protocol/reports.ts";
import type { HostPorts } from "./host.ts";
import { asRead } from "./lies.ts";
import { heartbeatOf, type Said, type Work } from "./work.ts";

/** How often a report takes its turn with others. */
const GATHERED = 0.5;

const DAYS_MS = 2 * 86_400_000;

interface End {
  bootId(): string;
  later(ms: number, run: () => void): void;
  isLive(work: Work): boolean;
  /** The town said so. */
  fenced(work: Work): void;
}

/** The line from a host to the town: messages are lost, doubled, late, days late, and pass one another. */
export class Line {
  readonly #ports: HostPorts;
  readonly #end: End;
  #muteUntilMs = 0;

  constructor(ports: HostPorts, end: End) {
    this.#ports = ports;
    this.#end = end;
  }

  muteUntil(ms: number, sooner = false): void {
    this.#muteUntilMs = sooner ? Math.min(this.#muteUntilMs, ms) : Math.max(this.#muteUntilMs, ms);
  }

  /** Sends a report: heartbeats may be lost for good, last words are sent until they arrive. */
  tell(work: Work, words: Said): void {
    const report = this.#report(work, words);
    const lasting = report.kind !== "heartbeat" && report.kind !== "progress" && report.kind !== "log";
    const { world, faults } = this.#ports;
    const sentAtMs = world.nowMs;
    const send = (waitMs: number) =>
      this.#end.later(waitMs, () => {
        const retry = () => {
          if (lasting) send(world.between(500, 20_000, "resend"));
        };
        const heard = (verdict: Verdict | null) => {
          if (verdict === null) return retry();
          if (faults.strikes("messageDoubled"))
            world.after(world.between(0, faults.strikes("messageDaysLate") ? DAYS_MS : 60_000, "again"), () =>
              this.deliver(report),
            );
          if (faults.strikes("answerLost")) return retry();
          this.#heed(work, verdict, sentAtMs);
        };
        if (this.#isLost()) heard(null);
        else if (world.random("gather") < GATHERED) this.#ports.deliverLater(report, this.#end.bootId(), heard);
        else heard(this.deliver(report));
      });
    send(faults.strikes("messageLate") ? world.between(1_000, 120_000, "latency") : world.between(1, 200, "latency"));
  }

  /** The verdict on a heartbeat that is waited for; null when it did not get through. */
  confirm(work: Work): Verdict | null {
    if (this.#isLost()) return null;
    const verdict = this.deliver(this.#report(work, heartbeatOf(work, this.#ports.world.nowMs)));
    if (this.#ports.faults.strikes("answerLost")) return null;
    if (verdict === "ok") {
      work.heardAtMs = this.#ports.world.nowMs;
      work.provedAtMs = this.#ports.world.nowMs;
    }
    return verdict;
  }

  /** Null: the town died of it. */
  deliver(report: Report): Verdict | null {
    return this.#ports.deliver(report, this.#end.bootId());
  }

  #isLost(): boolean {
    return this.#ports.world.nowMs < this.#muteUntilMs || this.#ports.faults.strikes("messageDropped");
  }

  #heed(work: Work, verdict: Verdict, sentAtMs: number): void {
    if (verdict === "fenced") this.#end.fenced(work);
    // A duplicate changed nothing in the town, so it prolongs nothing here either.
    else if (verdict !== "duplicate") {
      work.heardAtMs = Math.max(work.heardAtMs, sentAtMs);
      if (verdict === "ok") work.provedAtMs = Math.max(work.provedAtMs ?? 0, sentAtMs);
    }
  }

  #report(work: Work, words: Said): Report {
    return asRead({ ...words, agent: work.agent, bead: work.bead, fence: work.fence, seq: ++work.seq } as Report);
  }
}
