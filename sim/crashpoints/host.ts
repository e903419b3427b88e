import type {
  AgentHost,
  HostReply,
  LandingOrder,
  NudgeOrder,
  RunOrder,
  Send,
  StopOrder,
} from "../../src/ports/ports.ts";
import { NOT_CONNECTED } from "../../src/protocol/channel.ts";
import type { Report, Verdict } from "../../src/protocol/reports.ts";
import type { Clockwork } from "../clockwork.ts";
import type { Conduct, Said } from "./scenario.ts";

export type Order = { kind: "run"; order: RunOrder } | { kind: "landing"; order: LandingOrder };

/** Who says on stops with the report of this number. */
const SAYS_ON_TO = 12;

/** What a full host asks for: well above a first backoff. */
const PATIENCE_MS = 9_000;

export interface Work {
  of: Order;
  bead: string;
  agent: string | null;
  fence: number;
  seq: number;
  conduct: Conduct;
  /** When the town last took a report of it: its lease counts from here. Null: never yet. */
  heardAtMs: number | null;
  begunAtMs: number;
  /** What lies in its inbox. */
  inbox: Set<string>;
}

export interface HostPorts {
  world: Clockwork;
  /** Throws when the town dies of it. */
  deliver(report: Report): Verdict;
  /** The same, where it is taken together with others. Null: the town died of it. */
  deliverLater?: ((report: Report) => Promise<Verdict | null>) | undefined;
  conductOf(of: Order): Conduct;
  /** A request is about to leave. */
  preparing?: (fence: number) => void;
  stopAfterMs: number;
  /** A call of the town begins; throws when the town dies right before. What it returns is told of a no, or null for a yes. */
  called(of: Order): (retryAfterMs: number | null) => void;
  /** The same, of a call that ends a run. */
  stopping(fence: number): void;
  /** The same, of a word to a run. */
  nudging(order: NudgeOrder): void;
  nudged: "reject" | "never" | undefined;
  /** A word that was not heard before lies in the run's inbox. */
  heard(work: Work): void;
  /** A process begins beside those that already live. */
  spawned(work: Work, others: Work[]): void;
  violation(text: string): void;
  /** It reached the repository. */
  pushed(work: Work): void;
}

const never = new Promise<never>(() => {});

/** A host that keeps its side of the bargain to the letter and does what the scenario says, over a network that works. */
export class ScriptedHost {
  readonly #ports: HostPorts;
  readonly #live = new Map<number, Work>();
  /** Taken, and not begun before the town has said that the fence holds. */
  readonly #unheard = new Map<number, Work>();
  /** On disk: survives the host's death. */
  readonly #highest = new Map<string, number>();
  readonly #conduct = new Map<number, Conduct>();
  /** Beads whose work is done and could not be pushed: their next run pushes it, and no agent works. */
  readonly #held = new Set<string>();
  /** For how many runs of each bead an agent worked. */
  readonly paid = new Map<string, number>();
  /** Fences that it was asked to begin. */
  readonly #known = new Set<number>();

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  port(alive: () => boolean): AgentHost {
    return {
      start: (order, _signal, send) => this.#asked({ kind: "run", order }, alive, send),
      land: (order, _signal, send) => this.#asked({ kind: "landing", order }, alive, send),
      stop: (order) => this.#stopped(order, alive),
      nudge: (order) => this.#nudged(order, alive),
    };
  }

  live(): Work[] {
    return [...this.#live.values()];
  }

  die(): void {
    for (const work of this.taken()) {
      this.#end(work);
      // A landing goes on from its record.
      if (work.of.kind === "landing") this.#beginOnceHeard(work, 200);
      else this.#tell(work, failed("lost", "host_restarted"));
    }
  }

  /** An order may be older than its host knows, and a record older than a restart: the town says first that the fence holds. */
  #beginOnceHeard(work: Work, askInMs: number, untilMs = this.#ports.world.nowMs + work.of.order.leaseMs): void {
    const { world } = this.#ports;
    this.#unheard.set(work.fence, work);
    world.after(askInMs, () => {
      if (this.#unheard.get(work.fence) !== work) return;
      const verdict = world.nowMs >= untilMs ? "fenced" : this.#say(work, { kind: "heartbeat", agentActiveAtMs: null });
      if (verdict !== "ok" && verdict !== "fenced") return this.#beginOnceHeard(work, 700, untilMs);
      this.#end(work);
      if (verdict === "ok") this.#begin(work);
    });
  }

  async #asked(of: Order, alive: () => boolean, send: Send): Promise<HostReply> {
    if (!alive()) return await never; // the dead ask nobody
    const { world } = this.#ports;
    const { fence } = of.order;
    const conduct = this.#conduct.get(fence) ?? this.#ports.conductOf(of);
    this.#conduct.set(fence, conduct);
    const { preparesMs, answer, answerAfterMs, beginsAfterMs } = conduct;
    if (preparesMs !== undefined) {
      this.#ports.preparing?.(fence);
      await new Promise<void>((go) => world.after(preparesMs, go));
    }
    if (!alive()) return await never;
    send();
    const answered = this.#ports.called(of);
    const again = this.#known.has(fence);
    this.#known.add(fence);
    if (again && conduct.goneWhenAskedAgain) {
      answered(0);
      return { accepted: false, bootId: "none", code: NOT_CONNECTED, message: "not connected" };
    }
    if (!again && beginsAfterMs !== null) world.after(beginsAfterMs, () => this.#take(of, conduct));
    return await new Promise((resolve, reject) => {
      if (answer === "never") return;
      world.after(answerAfterMs, () => {
        if (!alive()) return;
        // What an agent lacks keeps its bead from nobody else.
        answered(
          answer === "yes" || answer === "no_room" || beginsAfterMs !== null
            ? null
            : answer === "full" || answer === "busy"
              ? PATIENCE_MS
              : 0,
        );
        if (answer === "no_room") resolve({ accepted: false, code: "low_disk", message: "12 MiB are free" });
        else if (answer === "reject") reject(new Error("connection refused"));
        else if (answer === "full" || answer === "busy") {
          const code = answer === "full" ? "at_capacity" : "busy";
          resolve({ accepted: false, code, message: answer, retryAfterMs: PATIENCE_MS });
        } else resolve(answer === "yes");
      });
    });
  }

  /** Ends what this agent runs under this fence or a lower one, now and for ever. */
  async #stopped({ agent, fence }: StopOrder, alive: () => boolean): Promise<HostReply> {
    if (!alive()) return await never;
    this.#ports.stopping(fence);
    const { world } = this.#ports;
    return await new Promise((resolve) =>
      world.after(this.#ports.stopAfterMs, () => {
        for (const work of this.taken()) if (work.agent === agent && work.fence <= fence) this.#end(work);
        const key = `agent/${agent}`;
        this.#highest.set(key, Math.max(fence, this.#highest.get(key) ?? 0));
        world.after(100, () => alive() && resolve(true));
      }),
    );
  }

  async #nudged(order: NudgeOrder, alive: () => boolean): Promise<HostReply> {
    if (!alive()) return await never;
    const { world, nudging, nudged, heard } = this.#ports;
    nudging(order);
    return await new Promise((resolve, reject) => {
      if (nudged === "never") return;
      world.after(100, () => {
        if (!alive()) return;
        if (nudged === "reject") return reject(new Error("connection refused"));
        const work = this.#live.get(order.fence);
        if (!work) return resolve({ accepted: false, code: "gone", message: "no such run" });
        if (!work.inbox.has(order.id)) {
          work.inbox.add(order.id);
          heard(work);
          if (work.conduct.heedsNudges) this.#goesOn(work);
        }
        resolve(true);
      });
    });
  }

  #goesOn(work: Work): void {
    work.conduct = { ...work.conduct, ends: "well" };
    this.#ports.world.after(work.conduct.workMs, () => this.#ends(work));
  }

  taken(): Work[] {
    return [...this.live(), ...this.#unheard.values()];
  }

  #end({ fence }: Work): void {
    this.#live.delete(fence);
    this.#unheard.delete(fence);
  }

  /** The host's fence: lower is refused, equal starts nothing, higher ends what came before. */
  #take(of: Order, conduct: Conduct): void {
    const { bead, fence } = of.order;
    const agent = of.kind === "run" ? of.order.agent : null;
    const keys = [`bead/${bead}`, ...(agent === null ? [] : [`agent/${agent}`])];
    if (keys.some((key) => fence <= (this.#highest.get(key) ?? 0))) return;
    for (const key of keys) this.#highest.set(key, fence);
    const { nowMs: begunAtMs } = this.#ports.world;
    const work = { of, bead, agent, fence, seq: 0, conduct, heardAtMs: null, begunAtMs, inbox: new Set<string>() };
    for (const older of this.#unheard.values()) if (isBesides(older, work)) this.#end(older);
    // A host of others may begin unasked: that shows what the town allows beside it.
    if (conduct.cutOff) this.#begin(work);
    else this.#beginOnceHeard(work, 5);
  }

  #begin(work: Work): void {
    const { world } = this.#ports;
    const { bead, conduct, fence, of } = work;
    work.begunAtMs = world.nowMs;
    const others = this.live().filter((other) => isBesides(other, work));
    this.#ports.spawned(work, others);
    for (const other of others) this.#end(other);
    this.#live.set(fence, work);
    if (of.kind === "run" && !this.#held.has(bead)) this.paid.set(bead, (this.paid.get(bead) ?? 0) + 1);
    world.after(of.order.heartbeatMs, () => this.#beat(work));
    if (conduct.ends !== "silent" && conduct.ends !== "stands") world.after(conduct.workMs, () => this.#ends(work));
  }

  #beat(work: Work): void {
    const { world } = this.#ports;
    const { heartbeatMs, leaseMs } = work.of.order;
    if (this.#live.get(work.fence) !== work) return;
    if (world.nowMs - (work.heardAtMs ?? work.begunAtMs) > leaseMs) {
      this.#live.delete(work.fence); // the host ends its own runs with their lease
      return;
    }
    const hung = work.conduct.ends === "silent" && world.nowMs - work.begunAtMs >= work.conduct.workMs;
    if (!hung) this.#tell(work, { kind: "heartbeat", agentActiveAtMs: this.#activeAtMs(work), sentAtMs: world.nowMs });
    world.after(heartbeatMs, () => this.#beat(work));
  }

  #activeAtMs({ begunAtMs, conduct }: Work): number | null {
    const { nowMs } = this.#ports.world;
    const aliveMs = nowMs - begunAtMs;
    const afterMs = conduct.active
      ? conduct.active(aliveMs)
      : conduct.ends === "stands"
        ? Math.min(aliveMs, conduct.workMs)
        : aliveMs;
    return afterMs === null ? null : begunAtMs + afterMs;
  }

  /** Before a push the host asks whether its fence still holds. */
  #ends(work: Work): void {
    const { world } = this.#ports;
    if (this.#live.get(work.fence) !== work) return;
    const verdict = this.#say(work, { kind: "heartbeat", agentActiveAtMs: null });
    if (verdict === null) {
      world.after(1_000, () => this.#ends(work));
      return;
    }
    this.#live.delete(work.fence);
    if (verdict !== "fenced") this.#tell(work, this.#lastWords(work));
  }

  #lastWords(work: Work): Said {
    const { kind } = work.of;
    if (work.conduct.says) return work.conduct.says;
    if (work.conduct.ends === "troubled") return failed("auth", "not_logged_in");
    if (work.conduct.ends === "declined") {
      if (kind === "run") this.#held.add(work.bead);
      return failed("rig_trouble", kind === "run" ? "no_right" : "protected");
    }
    this.#held.delete(work.bead);
    if (work.conduct.ends === "idle") return { kind: "unchanged", message: "it is done already", outputTail: "" };
    if (work.conduct.ends === "unwanted")
      return kind === "run"
        ? failed("agent_failed", "declined")
        : { kind: "rejected", code: "declined", message: "declined", outputTail: "" };
    if (work.conduct.ends === "badly")
      return kind === "run"
        ? failed("agent_failed", "exit_code")
        : { kind: "rejected", code: "conflict", message: "conflict", outputTail: "" };
    if (work.conduct.ends === "past_gate")
      return { kind: "rejected", code: "past_gate", message: "past the gate", outputTail: "" };
    this.#ports.pushed(work);
    const head = work.fence.toString(16).padStart(40, "0");
    return kind === "run" ? { kind: "finished", head, outputTail: "" } : { kind: "landed", head };
  }

  /** Sent until it arrives; a heartbeat only as long as there is somebody whose it is. */
  #tell(work: Work, said: Said): void {
    const { world } = this.#ports;
    const report = reportOf(work, said);
    let times = 0;
    const send = () => {
      const { deliverLater } = this.#ports;
      if (deliverLater && !work.conduct.cutOff)
        void deliverLater(report).then((verdict) => hear(this.#noted(work, verdict)));
      else hear(this.#delivered(work, report));
    };
    const hear = (verdict: Verdict | null) => {
      if (verdict === "fenced") this.#live.delete(work.fence);
      if (verdict === "fenced" && work.conduct.saysOn && said.kind !== "heartbeat" && work.seq < SAYS_ON_TO)
        this.#tell(work, failed("agent_failed", `word_${work.seq}`));
      if (verdict === null) {
        if (said.kind !== "heartbeat" || this.#live.get(work.fence) === work) world.after(700, send);
      } else if (said.kind === "heartbeat") return;
      else if (times++ > 0 && verdict !== "duplicate")
        this.#ports.violation(`S6 ${said.kind} of fence ${work.fence}, said again: ${verdict}`);
      else if (work.conduct.repeatsItself && times < 4) world.after(2_000, send);
    };
    const { lastWordsAfterMs, beatsLateMs } = work.conduct;
    world.after((said.kind === "heartbeat" ? beatsLateMs : lastWordsAfterMs) ?? 5, send);
  }

  /** The verdict; null when it did not get through. */
  #say(work: Work, said: Said): Verdict | null {
    return this.#delivered(work, reportOf(work, said));
  }

  #delivered(work: Work, report: Report): Verdict | null {
    if (work.conduct.cutOff) return null;
    try {
      return this.#noted(work, this.#ports.deliver(report));
    } catch {
      return null;
    }
  }

  #noted(work: Work, verdict: Verdict | null): Verdict | null {
    if (verdict === "ok") work.heardAtMs = this.#ports.world.nowMs;
    return verdict;
  }
}

/** It works on the same bead, or for the same agent. */
const isBesides = (other: Work, { agent, bead }: Work): boolean =>
  other.bead === bead || (agent !== null && other.agent === agent);

/** The next report of a run: what was said, in its envelope. */
export const reportOf = (work: Work, said: Said): Report =>
  ({ ...said, agent: work.agent, bead: work.bead, fence: work.fence, seq: ++work.seq }) as Report;

export const failed = (
  failure: "provider_limited" | "lost" | "agent_failed" | "auth" | "rig_trouble" | "unreachable",
  code: string,
): Said => ({
  kind: "failed",
  failure,
  code,
  message: code.replace("_", " "),
  outputTail: "",
});
