/** When the object's one alarm is moved, and when it is left where it stands. */
import type { Alarm } from "../ports/ports.ts";
import { DEAD_MAN_MS, PUT_OFF_EVERY_MS } from "./limits.ts";

export class Arming {
  readonly #alarm: Alarm;
  /** The alarm that stands says when something was due: it is no dead-man, and none that another incarnation has set. */
  #isOurs = false;
  /** When it was last moved to a later time, or taken down. */
  #putOffMs = Number.NEGATIVE_INFINITY;

  constructor(alarm: Alarm) {
    this.#alarm = alarm;
  }

  /** To stand while the alarm that went off is at work: then the loop comes back however that ends. */
  setDeadMan(nowMs: number): void {
    this.#isOurs = false;
    this.#alarm.set(nowMs + DEAD_MAN_MS);
  }

  /**
   * It moves to what is due sooner at once, and is put off once in a while: what is put off must be moved back for the next start, and
   * each move is a write, and a sync of its own, which starts and landings wait for. One that comes too early comes once for nothing.
   *
   * @param wakeAtMs null: nothing is due
   * @param isLate something was due before this pass, which the alarm should have brought: it may be lost
   */
  arm(wakeAtMs: number | null, nowMs: number, isLate: boolean): void {
    const { atMs } = this.#alarm;
    const isEarly = atMs != null && atMs > nowMs && (wakeAtMs === null || atMs <= wakeAtMs);
    const isPutOff = Math.abs(nowMs - this.#putOffMs) < PUT_OFF_EVERY_MS;
    if (this.#isOurs && isEarly && isPutOff && !isLate) return;
    if (this.#isOurs && isEarly) this.#putOffMs = nowMs;
    this.#isOurs = true;
    if (wakeAtMs === null) this.#alarm.clear();
    else this.#alarm.set(wakeAtMs);
  }
}
