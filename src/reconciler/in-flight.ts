import { type Lane, PLATFORM_CONNECTIONS } from "../lib/lane.ts";
import { earliest } from "../lib/time.ts";
import { type Clock, type Ports, type Send, Withdrawn } from "../ports/ports.ts";
import type { Launch } from "./launch.ts";
import { DEAD_MAN_GRACE_MS } from "./limits.ts";
import { Slots } from "./slots.ts";

/** What a pass may know of the calls that are out. */
export interface InFlight {
  has(id: number): boolean;
  /** One for each. */
  lanes(): Lane[];
  /** Those that are left beside them, and beside these. */
  slotsBeside(lanes: Iterable<Lane>): Slots;
  /** Effects whose request has not left yet: it can still be withdrawn, and its host never hears of it. */
  unsent(): Launch[];
  /**
   * When the first of them gives its slot back at the latest. A report may have settled its effect before its answer came: then
   * no row has its dead-man any more, and what waits for its slot must not depend on this incarnation alone.
   */
  endsAtMs(): number | null;
}

export const nothingInFlight: InFlight = {
  has: () => false,
  lanes: () => [],
  slotsBeside: (lanes) => new Slots(lanes, PLATFORM_CONNECTIONS),
  unsent: () => [],
  endsAtMs: () => null,
};

interface Call {
  launch: Launch;
  /** Past this its runner hangs: the slot is given back, and the effect is driven again. */
  untilMs: number;
  isSent: boolean;
  /** Why it must not leave any more. */
  withdrawn: string | null;
  over: Promise<void>;
}

/** The calls of one incarnation. In memory alone: losing them is the crash case. */
export class Calls implements InFlight {
  readonly #clock: Clock;
  /** To each host. */
  readonly #connections: number;
  readonly #calls = new Map<number, Call>();
  /** Those that did not end with their deadline: what should have ended them hangs too. */
  readonly #hung = new Set<number>();
  /** Calls that are no effects, such as preflights; and who waits to make one. */
  readonly #lent = new Set<Lane>();
  #waiting: (() => void)[] = [];

  constructor({ clock, connections }: Pick<Ports, "clock" | "connections">) {
    this.#clock = clock;
    this.#connections = connections;
  }

  has = (id: number): boolean => this.#calls.has(id);

  lanes(): Lane[] {
    return [...Array.from(this.#calls.values(), ({ launch }) => launch), ...this.#lent];
  }

  slotsBeside(lanes: Iterable<Lane>): Slots {
    return new Slots([...this.lanes(), ...lanes], this.#connections);
  }

  unsent(): Launch[] {
    const calls = [...this.#calls.values()];
    return calls.filter(({ isSent, withdrawn }) => !isSent && withdrawn === null).map(({ launch }) => launch);
  }

  endsAtMs(): number | null {
    return earliest(...Array.from(this.#calls.values(), ({ untilMs }) => untilMs));
  }

  get hang(): boolean {
    return this.#hung.size > 0;
  }

  /** Takes back the slots of those whose runners have outlived their deadlines. */
  forgetHung(nowMs: number): void {
    for (const [id, { untilMs }] of this.#calls) {
      if (untilMs >= nowMs) continue;
      this.#calls.delete(id);
      this.#hung.add(id);
    }
  }

  /** @param run resolves when the outcome is settled */
  begin(launch: Launch, run: (send: Send) => Promise<void>): Promise<void> {
    const untilMs = this.#clock.now() + launch.deadlineMs + DEAD_MAN_GRACE_MS;
    const call: Call = { launch, untilMs, isSent: false, withdrawn: null, over: Promise.resolve() };
    this.#calls.set(launch.id, call);
    call.over = run(() => {
      if (call.withdrawn !== null) throw new Withdrawn(`taken back before its host was asked: ${call.withdrawn}`);
      call.isSent = true;
    });
    return call.over;
  }

  ended(id: number): void {
    this.#hung.delete(id);
    this.#calls.delete(id);
    this.#letGo();
  }

  /** Once the transaction that took it back is committed. */
  withdraw(id: number, why: string): void {
    const call = this.#calls.get(id);
    if (call && !call.isSent) call.withdrawn = why;
  }

  /** Resolves when those of these calls that have left are answered, after this long at the latest. */
  async answered(of: (launch: Launch) => boolean, ms: number): Promise<void> {
    const out = [...this.#calls.values()].filter(({ isSent, launch }) => isSent && of(launch)).map(({ over }) => over);
    if (out.length === 0) return;
    await new Promise<void>((resolve) => {
      const stop = this.#clock.after(ms, resolve);
      void Promise.allSettled(out).then(() => {
        stop();
        resolve();
      });
    });
  }

  /**
   * A call that is no effect takes its turn in the same slots.
   * @param freed told when the slot is free again: effects go before the next of these
   */
  async lend<T>(lane: Lane, work: () => Promise<T>, freed: () => void): Promise<T> {
    while (this.slotsBeside([]).left(lane) === 0) await new Promise<void>((go) => this.#waiting.push(go));
    const held = { ...lane };
    this.#lent.add(held);
    try {
      return await work();
    } finally {
      this.#lent.delete(held);
      freed();
      this.#letGo();
    }
  }

  /** Everybody looks again, in the order in which they came. */
  #letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
