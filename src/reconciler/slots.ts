import type { Kind, Lane } from "../lib/lane.ts";
import { SLOTS } from "./limits.ts";

const keyOf = ({ kind, host }: Lane): string => `${kind} ${host ?? ""}`;

/** How many calls of each kind may still be made to each host, counted down as they are given out. */
export class Slots {
  readonly #taken = new Map<string, number>();

  /** @param lanes of the calls that are out, one for each */
  constructor(lanes: Iterable<Lane>) {
    for (const lane of lanes) this.take(lane);
  }

  take(lane: Lane): void {
    this.#taken.set(keyOf(lane), (this.#taken.get(keyOf(lane)) ?? 0) + 1);
  }

  left(lane: Lane): number {
    return Math.max(0, SLOTS[lane.kind] - (this.#taken.get(keyOf(lane)) ?? 0));
  }

  /** Of all these hosts together. */
  leftOf(kind: Kind, hosts: readonly (string | null)[]): number {
    return hosts.reduce((sum, host) => sum + this.left({ kind, host }), 0);
  }
}
