import { type Kind, type Lane, slotsOf } from "../lib/lane.ts";

const keyOf = ({ kind, host }: Lane): string => `${kind} ${host ?? ""}`;

/** How many calls of each kind may still be made to each host, counted down as they are given out. */
export class Slots {
  readonly #most: Record<Kind, number>;
  readonly #taken = new Map<string, number>();
  /** How many starts each host has places for, where that is known. */
  readonly #places = new Map<string | null, number>();

  /**
   * @param lanes of the calls that are out, one for each
   * @param connections to each host
   */
  constructor(lanes: Iterable<Lane>, connections: number) {
    this.#most = slotsOf(connections);
    for (const lane of lanes) this.take(lane);
  }

  take(lane: Lane): void {
    this.#taken.set(keyOf(lane), (this.#taken.get(keyOf(lane)) ?? 0) + 1);
  }

  /** Starts that are out have no place yet. */
  hasPlaces(host: string | null, places: number | null): void {
    if (places === null) this.#places.delete(host);
    else this.#places.set(host, places);
  }

  left(lane: Lane): number {
    const places = lane.kind === "start" ? this.#places.get(lane.host) : undefined;
    return Math.min(this.leftOfSlots(lane), this.#less(places ?? Number.POSITIVE_INFINITY, lane));
  }

  /** All the room there is. */
  leftOfSlots(lane: Lane): number {
    return this.#less(this.#most[lane.kind], lane);
  }

  #less(most: number, lane: Lane): number {
    return Math.max(0, most - (this.#taken.get(keyOf(lane)) ?? 0));
  }

  /** The slots left on all these hosts together. */
  leftOf(kind: Kind, hosts: readonly (string | null)[]): number {
    return hosts.reduce((sum, host) => sum + this.left({ kind, host }), 0);
  }
}
