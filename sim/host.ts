import type { AgentHost, HostReply, LandingOrder, RunOrder } from "../src/ports/ports.ts";
import type { Report, Verdict } from "../src/ports/protocol.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";

type Order = { kind: "run"; order: RunOrder } | { kind: "landing"; order: LandingOrder };

interface Work {
  of: Order;
  bead: string;
  agent: string | null;
  fence: number;
  seq: number;
  /** When the last report that the town took was sent: the lease counts from here. */
  heardAtMs: number;
}

export interface HostPorts {
  world: Clockwork;
  faults: Faults;
  /** A report reaches the town; throws when the town dies of it. */
  deliver(report: Report): Verdict;
  /** Something reached the repository. */
  pushed(work: { kind: "run" | "landing"; bead: string; fence: number }): void;
  violation(text: string): void;
}

/**
 * A host that keeps the host's side of the bargain (fences on disk, one process per fence, its own runs killed at lease
 * end) over a network and a machine that do not: answers are lost or late, it dies, restarts, pauses and lies.
 */
export class SimHost {
  readonly #ports: HostPorts;
  readonly #live = new Map<number, Work>();
  /** On disk: survives the host's death. */
  readonly #highest = new Map<string, number>();
  #pausedUntilMs = 0;
  starts = 0;

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  /** The port that one incarnation of the town holds. Answers to a dead incarnation go nowhere. */
  port(alive: () => boolean): AgentHost {
    return {
      start: (order) => this.#asked({ kind: "run", order }, alive),
      land: (order) => this.#asked({ kind: "landing", order }, alive),
      stop: () => Promise.resolve(true), // not asked for yet
    };
  }

  /** Every process is gone; what is on disk stays. What was running is reported as lost after the restart. */
  die(): void {
    this.#ports.faults.hit("hostDies");
    for (const work of [...this.#live.values()]) {
      this.#live.delete(work.fence);
      if (work.of.kind === "run")
        this.#tell(work, {
          kind: "failed",
          failure: "lost",
          code: "host_restarted",
          message: "the host restarted",
          outputTail: "",
        });
      else this.#begin(work.of); // a landing is driven again from its record
    }
  }

  /** Nothing moves until then, as under SIGSTOP; the clock goes on. */
  pause(ms: number): void {
    this.#ports.faults.hit("hostPauses");
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#ports.world.nowMs + ms);
  }

  liveFences(): number[] {
    return [...this.#live.keys()];
  }

  /** Runs of this host's own accord come after its pause. */
  #later(ms: number, run: () => void): void {
    const { world } = this.#ports;
    world.after(ms, () => {
      if (world.nowMs < this.#pausedUntilMs) this.#later(this.#pausedUntilMs - world.nowMs + world.between(0, 5), run);
      else run();
    });
  }

  #asked(of: Order, alive: () => boolean): Promise<HostReply> {
    const { world, faults } = this.#ports;
    this.starts++;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => world.after(world.between(1, 400), () => alive() && settle());
      if (faults.strikes("startLost")) return; // and nobody ever answers
      if (faults.strikes("startRejected")) {
        if (faults.strikes("lateStart")) this.#later(world.between(0, 90_000), () => this.#take(of));
        return answer(() => reject(new Error("connection reset")));
      }
      if (faults.strikes("startFalse")) {
        if (faults.strikes("lateStart")) this.#later(world.between(0, 90_000), () => this.#take(of));
        return answer(() => resolve(false));
      }
      if (faults.strikes("acceptedNeverRuns")) return answer(() => resolve(true));
      this.#later(world.between(1, 300), () => {
        const taken = this.#take(of);
        if (faults.strikes("answerLost")) return;
        if (faults.strikes("startDoubled")) this.#later(world.between(0, 60_000), () => this.#take(of));
        answer(() => resolve(taken ? true : { accepted: false, code: "fenced", message: "a newer fence was seen" }));
      });
    });
  }

  /** The host's fence: lower is refused, equal starts nothing, higher ends what came before. */
  #take(of: Order): boolean {
    const { bead, fence } = of.order;
    const agent = of.kind === "run" ? of.order.agent : null;
    const keys = [`bead/${bead}`, ...(agent ? [`agent/${agent}`] : [])];
    const highest = Math.max(...keys.map((key) => this.#highest.get(key) ?? 0));
    if (fence < highest) return false;
    if (fence === highest) return true;
    for (const key of keys) this.#highest.set(key, fence);
    for (const work of [...this.#live.values()])
      if (work.bead === bead || (agent && work.agent === agent)) this.#live.delete(work.fence);
    this.#begin(of);
    return true;
  }

  #begin(of: Order): void {
    const { world } = this.#ports;
    const { bead, fence, heartbeatMs, leaseMs } = of.order;
    const agent = of.kind === "run" ? of.order.agent : null;
    const work: Work = { of, bead, agent, fence, seq: 0, heardAtMs: world.nowMs };
    for (const other of this.#live.values())
      if (other.bead === bead || (agent && other.agent === agent))
        this.#ports.violation(`S1 two runs live: fences ${other.fence} and ${fence}`);
    this.#live.set(fence, work);
    const beat = () => {
      if (this.#live.get(fence) !== work) return;
      if (world.nowMs - work.heardAtMs > leaseMs) {
        this.#ports.faults.hit("leaseKill");
        this.#live.delete(fence); // the host kills its own runs at lease end
        return;
      }
      this.#tell(work, { kind: "heartbeat", agentActiveAtMs: null });
      this.#later(heartbeatMs, beat);
    };
    beat();
    const spanMs = of.kind === "run" ? world.between(5_000, 900_000) : world.between(1_000, 60_000);
    this.#later(spanMs, () => this.#ends(work));
  }

  #ends(work: Work): void {
    const { world } = this.#ports;
    if (this.#live.get(work.fence) !== work) return;
    // Before a push the host asks whether its fence still holds, and pushes nothing past its lease.
    const verdict = world.nowMs - work.heardAtMs > work.of.order.leaseMs ? "fenced" : this.#confirm(work);
    if (verdict === null) {
      this.#later(1_000, () => this.#ends(work));
      return;
    }
    this.#live.delete(work.fence);
    if (verdict !== "fenced") this.#tell(work, this.#lastWords(work));
  }

  /** How it ends: well, with its push done, or otherwise. */
  #lastWords(work: Work): Said {
    const { faults, pushed } = this.#ports;
    const { kind } = work.of;
    if (kind === "run" && faults.strikes("agentFails"))
      return { kind: "failed", failure: "agent_failed", code: "exit_code", message: "exit 1", outputTail: "" };
    if (kind === "landing" && faults.strikes("landingRejected"))
      return { kind: "rejected", code: "conflict", message: "conflict", outputTail: "" };
    if (faults.strikes("setupFails"))
      return { kind: "failed", failure: "unreachable", code: "push_failed", message: "no route", outputTail: "" };
    pushed({ kind, bead: work.bead, fence: work.fence });
    const head = work.fence.toString(16).padStart(40, "0");
    return kind === "run" ? { kind: "finished", head, outputTail: "" } : { kind: "landed", head };
  }

  /** The verdict on a heartbeat that is waited for; null when it did not get through. */
  #confirm(work: Work): Verdict | null {
    if (this.#ports.faults.strikes("messageDropped")) return null;
    try {
      const { agent, bead, fence } = work;
      return this.#ports.deliver({ kind: "heartbeat", agent, bead, fence, seq: ++work.seq, agentActiveAtMs: null });
    } catch {
      return null;
    }
  }

  /** Sends a report over the network: heartbeats may be lost for good, last words are sent until they arrive. */
  #tell(work: Work, said: Said): void {
    const { world, faults } = this.#ports;
    const report = { ...said, agent: work.agent, bead: work.bead, fence: work.fence, seq: ++work.seq } as Report;
    const lasting = report.kind !== "heartbeat" && report.kind !== "progress";
    const sentAtMs = world.nowMs;
    const send = (waitMs: number) =>
      this.#later(waitMs, () => {
        const retry = () => lasting && send(world.between(500, 20_000));
        if (faults.strikes("messageDropped")) return retry();
        let verdict: Verdict;
        try {
          verdict = this.#ports.deliver(report);
        } catch {
          return retry();
        }
        if (faults.strikes("messageDoubled"))
          world.after(world.between(0, faults.strikes("messageDaysLate") ? 2 * 86_400_000 : 60_000), () =>
            this.#again(report),
          );
        if (faults.strikes("answerLost")) return retry();
        if (verdict === "fenced") {
          if (this.#live.get(work.fence) === work) this.#live.delete(work.fence);
        } else work.heardAtMs = Math.max(work.heardAtMs, sentAtMs);
      });
    send(faults.strikes("messageLate") ? world.between(1_000, 120_000) : world.between(1, 200));
  }

  #again(report: Report): void {
    try {
      this.#ports.deliver(report);
    } catch {
      // lost, this time
    }
  }
}

/** A report without its envelope. */
type Said = DistributiveOmit<Report, "agent" | "bead" | "fence" | "seq">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
