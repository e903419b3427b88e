/**
 * What comes while a commit is on its way to disk: it waits for that, and goes into one pass, and one commit, with all that came
 * meanwhile. What nobody waits for goes with what comes next.
 */
import type { Ports } from "../ports/ports.ts";
import type { PassInput } from "./begin.ts";
import type { Outcome } from "./ingest.ts";
import { GATHERED_AT_MOST, GATHERED_FOR_MS, NEXT_WITHIN_MS } from "./limits.ts";

/** What a pass is handed. */
export type Came = Pick<PassInput, "facts" | "keepsFacts" | "settled">;

export const nothingCame: Came = { facts: [], keepsFacts: true, settled: [] };

export interface Tick {
  /** One for each fact, in order. */
  outcomes: Outcome[];
  /** When the effects that this tick launched have settled. Never rejects. */
  done: Promise<void>;
  /** When the starts and landings that it launched have left, as far as they wait for the disk alone. Never rejects. */
  ordersLeft: Promise<void>;
}

export const nothingLaunched: Pick<Tick, "done" | "ordersLeft"> = {
  done: Promise.resolve(),
  ordersLeft: Promise.resolve(),
};

/** What came with one request, or one outcome; and who waits until it is in rows. */
interface Arrival extends PromiseWithResolvers<Tick> {
  /** Called once, in the turn in which it is taken. */
  came: () => Came;
  /** False: it brings no pass about by itself. */
  isAwaited: boolean;
}

const arrival = (came: () => Came, isAwaited = true): Arrival => ({
  came,
  isAwaited,
  ...Promise.withResolvers<Tick>(),
});

/** @throws what ailed the pass, of which nothing is left then */
type Pass = (came: Came) => Tick;

export class Gathering {
  readonly #ports: Pick<Ports, "clock" | "sync">;
  /** For several at once; one that throws has done nothing, and said nothing. */
  readonly #ofSeveral: Pass;
  readonly #ofOne: Pass;
  #waiting: Arrival[] = [];
  /** Since when a commit is on its way; null: none is. */
  #sinceMs: number | null = null;
  #commit: Promise<void> = Promise.resolve();
  /** Whether a time is set at which all that waits goes. */
  #isTimed = false;

  constructor(ports: Pick<Ports, "clock" | "sync">, { ofOne, ofSeveral }: { ofOne: Pass; ofSeveral: Pass }) {
    this.#ports = ports;
    this.#ofOne = ofOne;
    this.#ofSeveral = ofSeveral;
  }

  /**
   * At once, where no commit is on its way. Resolves once it is in rows.
   * @param isAwaited false: nothing follows from it that anybody waits for, so it goes with what comes next, within `NEXT_WITHIN_MS`
   */
  take(came: () => Came, isAwaited = true): Promise<Tick> {
    const own = arrival(came, isAwaited);
    this.#waiting.push(own);
    if (isAwaited) this.#goUnlessWritten();
    else this.#goSoon();
    return own.promise;
  }

  /** Somebody waits now for what these give back: they go with the commit that is on its way. */
  hurry(): void {
    for (const each of this.#waiting) each.isAwaited = true;
  }

  #goSoon(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#ports.clock.after(NEXT_WITHIN_MS, () => {
      this.#isTimed = false;
      this.hurry();
      this.#goUnlessWritten();
    });
  }

  #goUnlessWritten(): void {
    // While the disk hangs, rows are what is read all the same.
    if (this.#sinceMs !== null && Math.abs(this.#ports.clock.now() - this.#sinceMs) > GATHERED_FOR_MS)
      this.#sinceMs = null;
    this.#go();
  }

  /** At once, after what waits. */
  takeNow(came: Came): Tick {
    const own = arrival(() => came);
    while (this.#waiting.length >= GATHERED_AT_MOST) this.#taken(this.#waiting.splice(0, GATHERED_AT_MOST));
    const ticks = this.#taken([...this.#waiting.splice(0), own]);
    const mine = ticks.at(-1);
    if (mine?.tick) return mine.tick;
    own.promise.catch(() => {}); // it is told here
    throw mine?.error;
  }

  /** What comes from now on waits until all that is written is on disk. Resolves then, and when what waited for it has left. */
  committed(): Promise<void> {
    if (this.#sinceMs === null) this.#commit = this.#onItsWay();
    return this.#commit;
  }

  async #onItsWay(): Promise<void> {
    const sinceMs = this.#ports.clock.now();
    this.#sinceMs = sinceMs;
    try {
      await this.#ports.sync();
      // What has reached the object meanwhile is handed to it now: the disk may be faster than that.
      await new Promise<void>((resolve) => this.#ports.clock.after(0, resolve));
    } catch {
      // The platform ends an object whose storage fails so.
    }
    if (this.#sinceMs !== sinceMs) return;
    this.#sinceMs = null;
    this.#go();
  }

  #go(): void {
    while (this.#sinceMs === null && this.#waiting.some(({ isAwaited }) => isAwaited))
      this.#taken(this.#waiting.splice(0, GATHERED_AT_MOST));
  }

  /** In one pass; each in its own where that fails, so that what is at fault costs itself alone. */
  #taken(arrivals: readonly Arrival[]): Told[] {
    const all = arrivals.map(({ came }) => came());
    const ticks = (all.length > 1 && this.#atOnce(all)) || all.map((came) => told(() => this.#ofOne(came)));
    for (const [index, { resolve, reject }] of arrivals.entries()) {
      const { tick, error } = ticks[index] as Told;
      if (tick) resolve(tick);
      else reject(error);
    }
    return ticks;
  }

  #atOnce(all: readonly Came[]): Told[] | null {
    const { tick } = told(() =>
      this.#ofSeveral({
        facts: all.flatMap(({ facts }) => facts),
        keepsFacts: true,
        settled: all.flatMap(({ settled }) => settled),
      }),
    );
    if (!tick) return null;
    const outcomes = [...tick.outcomes];
    return all.map(({ facts }) => ({ tick: { ...tick, outcomes: outcomes.splice(0, facts.length) } }));
  }
}

interface Told {
  tick?: Tick;
  error?: unknown;
}

function told(pass: () => Tick): Told {
  try {
    return { tick: pass() };
  } catch (error) {
    return { error };
  }
}
