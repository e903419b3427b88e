import { type Kind, type Lane, MANY_CONNECTIONS, slotsOf } from "../lib/lane.ts";

/** Each joined host has its own socket, so one that hangs keeps none from the others. */
const OF_A_SOCKET = slotsOf(MANY_CONNECTIONS);

const keyOf = ({ kind, host }: Lane): string => `${kind} ${host ?? ""}`;

/** How many calls of each kind may still be made to each host, counted down as they are given out. */
export class Slots {
  readonly #ofOwn: Record<Kind, number>;
  readonly #taken = new Map<string, number>();
  /** How many starts each host has places for, where that is known. */
  readonly #places = new Map<string | null, number>();

  /**
   * @param lanes of the calls that are out, one for each
   * @param connections to the town's own host
   */
  constructor(lanes: Iterable<Lane>, connections: number) {
    this.#ofOwn = slotsOf(connections);
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
    const most = lane.host === null ? this.#ofOwn : OF_A_SOCKET;
    return this.#less(most[lane.kind], lane);
  }

  #less(most: number, lane: Lane): number {
    return Math.max(0, most - (this.#taken.get(keyOf(lane)) ?? 0));
  }

  /** The slots left on all these hosts together. */
  leftOf(kind: Kind, hosts: readonly (string | null)[]): number {
    return hosts.reduce((sum, host) => sum + this.left({ kind, host }), 0);
  }
}
