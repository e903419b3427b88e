import { setTimeout as pause } from "node:timers/promises";
import { Fault, messageOf } from "./fault.ts";

/** A process that was killed is back at once; one that has a reason to die gets a little time to lose it. */
const WAITS_MS = [0, 1_000, 3_000];
/** A process that dies more often than there are waits within this has a reason that a loop of restarts would only hide. */
const WITHIN_MS = 60_000;

type Charge = {
  start: () => Promise<void>;
  say: (line: string) => void;
  /** It is gone for good. */
  giveUp: (fault: Fault) => void;
  waitsMs?: readonly number[];
};

/** Starts a process again that has died, unless it dies too often. */
export class Keeper {
  #deathsMs: number[] = [];
  readonly #charge: Charge;
  readonly #leaving = new AbortController();

  constructor(charge: Charge) {
    this.#charge = charge;
  }

  /** From now on what dies stays dead. */
  stop(): void {
    this.#leaving.abort();
  }

  /** @param what one line: who died, and how */
  async died(what: string): Promise<void> {
    const { start, say, giveUp, waitsMs = WAITS_MS } = this.#charge;
    const { signal } = this.#leaving;
    if (signal.aborted) return;
    const waitMs = waitsMs[this.#count() - 1];
    if (waitMs === undefined) {
      return giveUp(new Fault(`${what}, ${waitsMs.length + 1} times within a minute: giving up`, 1));
    }
    say(`${what}; starting it again`);
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await start();
    } catch (error) {
      await this.died(messageOf(error));
    }
  }

  /** How often it died lately, this time included. */
  #count(): number {
    const nowMs = performance.now();
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => nowMs - atMs < WITHIN_MS), nowMs];
    return this.#deathsMs.length;
  }
}
