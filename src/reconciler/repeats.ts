/** Actions that are planned again and again and come to nothing: counted, and throttled, so that they spin no loop. */
import { type Action, targetOf, typesOf } from "../actions/index.ts";
import type { Repeats } from "../db/schema.ts";
import { backoffMs } from "../lib/backoff.ts";
import type { Kind } from "../lib/lane.ts";
import { earliest } from "../lib/time.ts";
import type { Repeated } from "./gates/gate.ts";
import {
  ERROR_BACKOFF_BASE_MS,
  ERROR_BACKOFF_CAP_MS,
  REPEATS_KEPT,
  REPEATS_REMEMBERED_MS,
  SPINNING_TIMES,
  SPINNING_WINDOW_TICKS,
} from "./limits.ts";

const keyOf = (type: string, target: string): string => `${type} ${target}`;

/** What is not to be planned for now. */
export interface Throttled {
  readonly size: number;
  /** The action of this kind that is throttled on this target. */
  repeated(kind: Kind, target: string): Repeated | null;
}

export class RepeatBook implements Throttled {
  readonly #book: Repeats;
  readonly #nowMs: number;
  readonly #tick: number;
  readonly #touched = new Set<string>();

  constructor(before: Repeats, nowMs: number, tick: number) {
    // Ticks may be heartbeats, hundreds in a minute: what is throttled is remembered for longer than it waits.
    const recent = Object.entries(before).filter(
      ([, { lastTick, notBeforeMs }]) =>
        tick - lastTick <= SPINNING_WINDOW_TICKS || nowMs < notBeforeMs + REPEATS_REMEMBERED_MS,
    );
    // Waits for longer than any action ever does: the clock has gone back.
    const latestMs = nowMs + ERROR_BACKOFF_CAP_MS;
    this.#book = Object.fromEntries(
      recent.map(([key, row]) => [key, { ...row, notBeforeMs: Math.min(row.notBeforeMs, latestMs) }]),
    );
    this.#nowMs = nowMs;
    this.#tick = tick;
  }

  get size(): number {
    return Object.keys(this.#book).length;
  }

  repeated(kind: Kind, target: string): Repeated | null {
    const action = typesOf(kind).find((type) => this.isThrottled(type, target));
    const row = action && this.#book[keyOf(action, target)];
    return action && row ? { action, times: row.times, why: row.why, notBeforeMs: row.notBeforeMs } : null;
  }

  isThrottled(type: string, target: string): boolean {
    return (this.#book[keyOf(type, target)]?.notBeforeMs ?? 0) > this.#nowMs;
  }

  /**
   * Once per tick, however many rounds plan it. One that throws is throttled from the first time on; a stale one, which the
   * next pass should see differently, when it has been so too often.
   */
  cameToNothing(action: Action, why: string, tolerated: number, random: number): void {
    const key = keyOf(action.type, targetOf(action));
    if (this.#touched.has(key)) return;
    this.#touched.add(key);
    const { times = 0, sinceMs = this.#nowMs } = this.#book[key] ?? {};
    const over = times + 1 - tolerated;
    const waitMs = over <= 0 ? 0 : backoffMs(over, ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS, random);
    this.#book[key] = { times: times + 1, sinceMs, lastTick: this.#tick, notBeforeMs: this.#nowMs + waitMs, why };
  }

  applied(action: Action): void {
    delete this.#book[keyOf(action.type, targetOf(action))];
  }

  /** When the first action that is throttled may be planned again, or no longer counts as spinning. */
  get nextMs(): number | null {
    let nextMs: number | null = null;
    for (const { times, notBeforeMs } of Object.values(this.#book)) {
      const forgottenMs = times >= SPINNING_TIMES ? notBeforeMs + REPEATS_REMEMBERED_MS : 0;
      for (const atMs of [notBeforeMs, forgottenMs]) if (atMs > this.#nowMs) nextMs = earliest(nextMs, atMs);
    }
    return nextMs;
  }

  /** Bounded, since it stands in a row that every tick writes: those that wait longest. */
  toJSON(): Repeats {
    const all = Object.entries(this.#book);
    if (all.length <= REPEATS_KEPT) return this.#book;
    all.sort(([, a], [, b]) => b.notBeforeMs - a.notBeforeMs);
    return Object.fromEntries(all.slice(0, REPEATS_KEPT));
  }
}
