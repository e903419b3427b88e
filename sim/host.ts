import type { AgentHost, HostReply, NudgeOrder, StopOrder } from "../src/ports/ports.ts";
import type { Report, Verdict } from "../src/protocol/reports.ts";
import type { Room } from "../src/protocol/room.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { End } from "./lasting.ts";
import { Liar } from "./lies.ts";
import { Line } from "./line.ts";
import { heartbeatOf, type Order, type Said, said, type Work, workOf } from "./work.ts";

export interface HostPorts {
  world: Clockwork;
  faults: Faults;
  /** A report reaches the town; null when the town died of it. */
  deliver(report: Report, bootId: string): Verdict | null;
  /** The same, together with what else reaches the town while a commit is on its way to disk. */
  deliverLater(report: Report, bootId: string, heard: (verdict: Verdict | null) => void): void;
  /** A run or landing reaches the repository. */
  pushed(work: Work): void;
  began(work: Work, beside: Work[]): void;
  /** Its processes are gone, and its connections with them. */
  died(name: string): void;
  /** Why the remote takes nothing of this kind, now; null: it does. */
  declines(of: Order): string | null;
  /** The rig's remote is not reached now. */
  isOutOfReach(of: Order): boolean;
  /** How much room it has beside so many runs. */
  roomAt(live: number): { room: Room | undefined; code: string | null };
  /** How a run comes to nothing, whatever else befalls it; null: it does not. */
  endOf(of: Order): End | null;
  /** What it has begun it does not refuse, and what it has refused it does not begin: others may be asked for it at once. */
  refusesTruly: boolean;
  /** How late a start may begin that nobody knows of. */
  latestMs: number;
}

/**
 * A host that keeps the host's side of the bargain (fences on disk, one process per fence, its own runs killed at lease
 * end) over a network and a machine that do not: answers are lost or late, it dies, restarts, pauses and lies.
 */
export class SimHost {
  readonly name: string;
  readonly #ports: HostPorts;
  readonly #live = new Map<number, Work>();
  /** Taken, and not begun before the town has said that the fence holds. */
  readonly #unheard = new Map<number, Work>();
  /** On disk: survives the host's death. */
  readonly #highest = new Map<string, number>();
  /** What it was asked for and has not begun yet: asked again, it knows of it. */
  readonly #coming = new Set<number>();
  readonly #stopped = new Map<string, number>();
  #boots = 1;
  #pausedUntilMs = 0;
  #deafUntilMs = 0;
  #downUntilMs = 0;
  readonly #line: Line;
  readonly #liar: Liar;
  starts = 0;

  constructor(name: string, ports: HostPorts) {
    this.name = name;
    this.#ports = ports;
    this.#liar = new Liar(ports.world, ports.faults);
    this.#line = new Line(ports, {
      bootId: () => this.#bootId,
      later: (ms, run) => this.#later(ms, run),
      isLive: (work) => this.#live.get(work.fence) === work,
      fenced: (work) => this.#end(work),
    });
  }

  get #bootId(): string {
    return `${this.name}-${this.#boots}`;
  }

  /** The port that one incarnation of the town holds. Answers to a dead incarnation go nowhere. */
  port(alive: () => boolean, atAwait: () => void): AgentHost {
    const call = (decide: (answer: Answer) => void) =>
      new Promise<HostReply>((resolve, reject) => {
        const settle = (act: () => void) => {
          if (alive()) atAwait();
          if (alive()) act();
        };
        const after = (act: () => void) =>
          this.#ports.world.after(this.#ports.world.between(1, 400, "answer"), () => settle(act));
        decide({
          says: (reply) => after(() => resolve(reply)),
          breaks: (error = new Error("connection reset")) => after(() => reject(error)),
        });
      });
    return {
      start: (order) => call((answer) => this.#asked({ kind: "run", order }, answer)),
      land: (order) => call((answer) => this.#asked({ kind: "landing", order }, answer)),
      stop: (order) => call((answer) => this.#askedToStop(order, answer)),
      nudge: (order) => call((answer) => this.#nudged(order, answer)),
    };
  }

  /** Every process is gone; what is on disk stays. What was running is reported as lost after the restart. */
  die(): void {
    this.#boots++;
    this.#ports.died(this.name);
    for (const work of this.taken()) {
      this.#end(work);
      if (work.of.kind === "run") this.#line.tell(work, said.lost("host_restarted"));
      // A landing goes on from its record.
      else this.#beginOnceHeard(work.of, work.seq);
    }
  }

  /**
   * An order may be older than its host knows, and a record older than a restart: nothing begins before the town has said
   * that the fence holds.
   *
   * @param lastSeq the last report number that a former boot used
   */
  #beginOnceHeard(of: Order, lastSeq = 0): void {
    const { world } = this.#ports;
    const work = workOf(of, world.nowMs, world.nowMs);
    work.seq = lastSeq;
    this.#unheard.set(work.fence, work);
    this.#ask(work, world.nowMs + of.order.leaseMs);
  }

  #ask(work: Work, untilMs: number): void {
    const { world } = this.#ports;
    this.#later(world.between(1, 1_000, "ask"), () => {
      if (this.#unheard.get(work.fence) !== work) return;
      const verdict = world.nowMs >= untilMs ? "fenced" : this.#line.confirm(work);
      if (verdict !== "ok" && verdict !== "fenced") return this.#ask(work, untilMs);
      this.#end(work);
      if (verdict === "ok") this.#begin(work.of, undefined, work.seq);
    });
  }

  /** Nothing moves until then, as under SIGSTOP; the clock goes on. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#ports.world.nowMs + ms);
  }

  /** It dies, and nothing listens there for so long. */
  goDown(ms: number): void {
    this.#downUntilMs = this.#ports.world.nowMs + ms;
    this.die();
    this.pause(ms);
  }

  /** Nothing of it moves, or it is gone. */
  get isAway(): boolean {
    return this.#ports.world.nowMs < Math.max(this.#pausedUntilMs, this.#downUntilMs);
  }

  recover(): void {
    const { nowMs } = this.#ports.world;
    this.#pausedUntilMs = Math.min(this.#pausedUntilMs, nowMs);
    this.#deafUntilMs = Math.min(this.#deafUntilMs, nowMs);
    this.#downUntilMs = Math.min(this.#downUntilMs, nowMs);
    this.#line.muteUntil(nowMs, true);
  }

  /** The network fails in one direction. */
  cutOff(direction: "in" | "out", ms: number): void {
    const untilMs = this.#ports.world.nowMs + ms;
    if (direction === "in") this.#deafUntilMs = Math.max(this.#deafUntilMs, untilMs);
    else this.#line.muteUntil(untilMs);
  }

  live(): Work[] {
    return [...this.#live.values()];
  }

  taken(): Work[] {
    return [...this.#live.values(), ...this.#unheard.values()];
  }

  /** What this host does of its own accord waits for the end of its pause. */
  #later(ms: number, run: () => void): void {
    const { world } = this.#ports;
    world.after(ms, () => {
      if (world.nowMs < this.#pausedUntilMs)
        this.#later(this.#pausedUntilMs - world.nowMs + world.between(0, 5, "pause"), run);
      else run();
    });
  }

  #asked(of: Order, answer: Answer): void {
    const { world, faults } = this.#ports;
    this.starts++;
    if (faults.strikes("startLost") || world.nowMs < this.#deafUntilMs) return; // and nobody ever answers
    if (of.kind === "landing" && faults.strikes("landingHangs")) return;
    if (world.nowMs < this.#downUntilMs) {
      answer.breaks();
      return;
    }
    const isKnown = this.#ports.refusesTruly && (this.#hasBegun(of) || this.#coming.has(of.order.fence));
    const { room, code } =
      of.kind === "run"
        ? this.#ports.roomAt(this.taken().filter(({ agent }) => agent !== null && agent !== of.order.agent).length)
        : NO_MATTER;
    if (!isKnown && code !== null) {
      answer.says({ accepted: false, bootId: this.#bootId, code, message: "no room", room });
      return;
    }
    if (!isKnown && faults.strikes("hostIsFull")) {
      const retryAfterMs = this.#patience(world.between(1_000, 120_000, "full"));
      answer.says({ accepted: false, bootId: this.#bootId, code: "at_capacity", message: "full", retryAfterMs });
      return;
    }
    const lateIfSo = () => {
      if (!faults.strikes("lateStart")) return;
      this.#coming.add(of.order.fence);
      this.#later(world.between(0, this.#ports.latestMs, "late"), () => this.#take(of));
    };
    const lie = isKnown ? null : this.#liar.refusal(this.#bootId);
    if (lie !== null) {
      if (lie instanceof Error || !this.#ports.refusesTruly) lateIfSo();
      if (lie instanceof Error) answer.breaks(lie);
      else answer.says(lie);
      return;
    }
    if (faults.strikes("startRejected")) {
      lateIfSo();
      answer.breaks();
      return;
    }
    if (!isKnown && faults.strikes("startFalse")) {
      if (!this.#ports.refusesTruly) lateIfSo();
      answer.says(false);
      return;
    }
    if (faults.strikes("acceptedNeverRuns")) {
      answer.says({ accepted: true, bootId: this.#bootId });
      return;
    }
    this.#coming.add(of.order.fence);
    this.#later(world.between(1, 300, "take"), () => {
      const taken = this.#take(of);
      if (faults.strikes("answerLost")) return;
      if (faults.strikes("startDoubled")) this.#later(world.between(0, 60_000, "double"), () => this.#take(of));
      const bootId = this.#liar.bootOf(this.#bootId);
      answer.says({ accepted: taken, bootId, ...(!taken && { code: "fenced", message: "past" }) });
    });
  }

  #hasBegun = ({ order: { bead, fence } }: Order): boolean => (this.#highest.get(`bead/${bead}`) ?? 0) >= fence;

  /** The fence: lower is refused, equal starts nothing, higher adopts what lives or ends it. */
  #take(of: Order): boolean {
    const { bead, fence } = of.order;
    const agent = of.kind === "run" ? of.order.agent : null;
    const keys = [`bead/${bead}`, ...(agent ? [`agent/${agent}`] : [])];
    const highest = Math.max(...keys.map((key) => this.#highest.get(key) ?? 0));
    if (fence < highest || (agent && fence <= (this.#stopped.get(agent) ?? 0))) return false;
    if (fence === highest) return true;
    for (const key of keys) this.#highest.set(key, fence);
    const older = this.taken().filter((work) => work.bead === bead || (agent !== null && work.agent === agent));
    const heir = this.live().find((work) => agent !== null && work.agent === agent && work.bead === bead);
    const adopts = heir !== undefined && !this.#leaseIsOver(heir) && this.#ports.faults.strikes("adoptsRun");
    for (const work of older) this.#end(work);
    if (adopts) this.#begin(of, heir);
    else this.#beginOnceHeard(of);
    return true;
  }

  #askedToStop({ agent, fence }: StopOrder, answer: Answer): void {
    const { world, faults } = this.#ports;
    if (faults.strikes("startLost") || world.nowMs < this.#deafUntilMs || faults.strikes("stopHangs")) return;
    if (faults.strikes("startRejected")) {
      answer.breaks();
      return;
    }
    this.#later(world.between(1, 300, "take"), () => {
      this.#stopped.set(agent, Math.max(fence, this.#stopped.get(agent) ?? 0));
      for (const work of this.taken()) if (work.agent === agent && work.fence <= fence) this.#end(work);
      if (!faults.strikes("answerLost")) answer.says({ accepted: true, bootId: this.#bootId });
    });
  }

  #end(work: Work): void {
    for (const works of [this.#live, this.#unheard]) if (works.get(work.fence) === work) works.delete(work.fence);
  }

  /** Some that stand still come to themselves when somebody says a word. */
  #nudged({ agent, fence }: NudgeOrder, answer: Answer): void {
    const { world, faults } = this.#ports;
    if (faults.strikes("nudgeLost") || world.nowMs < this.#deafUntilMs) return;
    if (faults.strikes("nudgeFails")) {
      answer.breaks();
      return;
    }
    this.#later(world.between(1, 300, "nudge"), () => {
      const work = this.#live.get(fence);
      const gone = work?.agent !== agent;
      answer.says({ accepted: !gone, bootId: this.#bootId, ...(gone && { code: "gone", message: "over" }) });
      if (gone || work.standsFromMs === null || world.random("nudge") > 0.4) return;
      work.standsFromMs = null;
      // It may stand still again, in the middle of what was left to do.
      const restMs = world.between(5_000, 1_800_000, "nudge");
      if (faults.strikes("agentStands")) work.standsFromMs = world.nowMs + restMs / 2;
      else this.#later(restMs, () => this.#finish(work));
    });
  }

  /**
   * @param heir an adopted run, which goes on
   * @param lastSeq the last report number that a former boot used
   */
  #begin(of: Order, heir?: Work, lastSeq = 0): void {
    const { world, faults, began } = this.#ports;
    const spanMs = of.kind === "run" ? world.between(5_000, 900_000, "span") : world.between(1_000, 60_000, "span");
    const work = workOf(of, world.nowMs, heir?.endsAtMs ?? world.nowMs + spanMs);
    work.seq = lastSeq;
    work.lacksRemote = heir?.lacksRemote ?? this.#ports.isOutOfReach(of);
    if (work.lacksRemote && !heir) work.endsAtMs = world.nowMs + world.between(1_000, 30_000, "clone");
    if (heir) {
      // It runs on the word that the town gave the older fence.
      work.heardAtMs = heir.heardAtMs;
      work.standsFromMs = heir.standsFromMs;
      work.limitAtMs = heir.limitAtMs;
    } else if (faults.strikes("beatsForEver")) work.limitAtMs = null;
    else if (of.kind === "run" && !work.lacksRemote && faults.strikes("agentStands"))
      work.standsFromMs = world.nowMs + spanMs / 2;
    began(
      work,
      this.live().filter(({ bead, agent }) => bead === work.bead || (agent !== null && agent === work.agent)),
    );
    this.#live.set(work.fence, work);
    if (heir) this.#beat(work);
    else this.#later(of.order.heartbeatMs, () => this.#beat(work));
    if (work.limitAtMs === null) return;
    this.#later(work.limitAtMs - world.nowMs, () => this.#endAtLimit(work));
    if (work.standsFromMs === null) this.#later(work.endsAtMs - world.nowMs, () => this.#finish(work));
  }

  #endAtLimit(work: Work): void {
    if (this.#live.get(work.fence) !== work || this.#leaseIsOver(work)) return;
    this.#end(work);
    this.#line.tell(
      work,
      work.of.kind === "run" ? said.failed("agent_failed", "run_timeout") : said.rejected("gate_failed"),
    );
  }

  /** How long it asks to be left alone: some ask for what can't be. */
  #patience(ms: number): number {
    const { world, faults } = this.#ports;
    const odd = [0, 0.3, 1, -1, -86_400_000, -1e300];
    return faults.strikes("oddPatience") ? (odd[world.between(0, odd.length, "odd")] as number) : ms;
  }

  #beat(work: Work): void {
    if (this.#live.get(work.fence) !== work || this.#leaseIsOver(work)) return;
    this.#line.tell(work, heartbeatOf(work, this.#ports.world.nowMs));
    this.#later(work.of.order.heartbeatMs, () => this.#beat(work));
  }

  /** The host ends its own runs when it has not reached the town for a lease. */
  #leaseIsOver(work: Work): boolean {
    if (this.#ports.world.nowMs - work.heardAtMs <= work.of.order.leaseMs) return false;
    this.#ports.faults.hit("leaseKill");
    this.#end(work);
    return true;
  }

  #finish(work: Work): void {
    if (this.#live.get(work.fence) !== work || this.#leaseIsOver(work)) return;
    // Before it pushes the host asks whether its fence still holds.
    const verdict = this.#line.confirm(work);
    if (verdict === null || verdict === "pending") {
      this.#later(1_000, () => this.#finish(work));
      return;
    }
    this.#end(work);
    const lie = this.#liar.ofWrongKind(work.of.kind === "run", work.fence);
    if (lie) this.#line.tell(work, lie);
    if (verdict !== "fenced") this.#line.tell(work, this.#liar.adorned(this.#withWork(work, this.#lastWords(work))));
  }

  /** What an agent had done when it failed may be on its branch. */
  #withWork({ fence, lacksRemote, of }: Work, words: Said): Said {
    if (words.kind !== "failed" || lacksRemote || of.kind !== "run" || !this.#ports.faults.strikes("savesWork"))
      return words;
    return { ...words, saved: { head: fence.toString(16).padStart(40, "5"), base: "b".repeat(40) } };
  }

  /** How it ends: well, with its push done, or otherwise. */
  #lastWords(work: Work) {
    const { faults, pushed, world } = this.#ports;
    const isRun = work.of.kind === "run";
    if (work.lacksRemote) return said.failed("unreachable", isRun ? "clone_failed" : "fetch_failed");
    const ill = this.#ports.endOf(work.of);
    if (ill !== null) return said.failed(ill.failure, ill.code, ill.retryAfterMs);
    const declined = this.#ports.declines(work.of);
    if (declined !== null) return said.failed("rig_trouble", declined);
    if (faults.strikes("contentDeclined"))
      return isRun ? said.failed("agent_failed", "declined") : said.rejected("declined");
    if (isRun && faults.strikes("agentFails")) return said.failed("agent_failed", "exit_code");
    if (isRun && faults.strikes("nothingToDo")) return said.unchanged;
    if (isRun && faults.strikes("providerLimited"))
      return said.failed("provider_limited", "limit", this.#patience(world.between(0, 3_600_000, "reset")));
    if (isRun && faults.strikes("authFails")) return said.failed("auth", "login");
    if (!isRun && faults.strikes("landingRejected")) return said.rejected("conflict");
    if (faults.strikes("setupFails")) return said.failed("unreachable", "push_failed");
    pushed(work);
    return isRun ? said.finished(work.fence) : said.landed(work.fence);
  }
}

/** Landings need no place. */
const NO_MATTER = { room: undefined, code: null };

interface Answer {
  says(reply: HostReply): void;
  breaks(error?: Error): void;
}
