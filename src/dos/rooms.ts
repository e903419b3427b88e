import type { Room } from "../protocol/room.ts";

/** More boots than a town has hosts. */
const KEPT = 200;

/** What each boot of a host said last of its places, for people to read. It is in memory alone: they say it again with each report. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  heard(bootId: string, room: Room): void {
    // The newest comes last, so that what goes is the oldest.
    this.#rooms.delete(bootId);
    this.#rooms.set(bootId, room);
    for (const oldest of this.#rooms.keys()) if (this.#rooms.size > KEPT) this.#rooms.delete(oldest);
  }

  of(bootId: string): Room | undefined {
    return this.#rooms.get(bootId);
  }
}
