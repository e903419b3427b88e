/** When the object's one alarm is moved, and when it is left where it stands. */
import type { Alarm } from "../ports/ports.ts";
import { DEAD_MAN_MS } from "./limits.ts";

export class Arming {
  readonly #alarm: Alarm;
  /** The alarm that stands says when something was due: it is no dead-man, and none that another incarnation has set. */
  #isOurs = false;

  constructor(alarm: Alarm) {
    this.#alarm = alarm;
  }

  /** To stand while the alarm that went off is at work: then the loop comes back however that ends. */
  setDeadMan(nowMs: number): void {
    this.#isOurs = false;
    this.#alarm.set(nowMs + DEAD_MAN_MS);
  }

  /**
   * One that stands and comes too early stays: it comes once for nothing, and is set to what is due then. To move it is a write, and
   * a sync of its own that each start and each landing would wait for.
   *
   * @param wakeAtMs null: nothing is due
   * @param isLate something was due before this pass, which the alarm should have brought: it may be lost
   */
  arm(wakeAtMs: number | null, nowMs: number, isLate: boolean): void {
    const { atMs } = this.#alarm;
    const isEarly = atMs != null && atMs > nowMs && (wakeAtMs === null || atMs <= wakeAtMs);
    if (this.#isOurs && isEarly && !isLate) return;
    this.#isOurs = true;
    if (wakeAtMs === null) this.#alarm.clear();
    else this.#alarm.set(wakeAtMs);
  }
}
