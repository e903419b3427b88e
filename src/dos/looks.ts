import { refusal } from "../lib/guard.ts";
import { withDeadline } from "../ports/deadline.ts";
import type { DiffPort } from "../ports/ports.ts";
import type { AskedHosts } from "../queries/define.ts";
import { systemClock } from "./ports.ts";

/** Longer than a host takes for it at the most. */
const LOOK_MS = 25_000;

/** So many people look at once: what they look at stands in the memory of the town's object until it is sent. */
const AT_ONCE = 6;

/**
 * What people look at that lies on hosts. Beside the loop and its slots: a look that hangs keeps no word from a run, and no tick comes of
 * one that ends.
 */
export class Looks {
  readonly #hosts: AskedHosts;
  #open = 0;

  constructor(hosts: DiffPort) {
    this.#hosts = { diff: (order) => withDeadline((signal) => hosts.diff(order, signal), LOOK_MS, systemClock) };
  }

  /** @throws Refusal 503 when as many look already */
  async while<T>(look: (hosts: AskedHosts) => Promise<T>): Promise<T> {
    if (this.#open >= AT_ONCE) {
      const why = `${AT_ONCE} others look at what lies on hosts just now.`;
      throw refusal(503, "looks_busy", why, "Ask again in some seconds.");
    }
    this.#open++;
    try {
      return await look(this.#hosts);
    } finally {
      this.#open--;
    }
  }
}
