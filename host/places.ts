import type { Room } from "../src/protocol/room.ts";
import type { Disk } from "./disk.ts";
import type { LiveWork } from "./live-work.ts";
import type { ReportFrames } from "./report-frames.ts";

/** How many runs a host has places for. A town that is told asks for no more. */
export class Places {
  readonly most: number;
  readonly #live: LiveWork;
  readonly #disk: Disk;

  constructor(most: number, live: LiveWork, disk: Disk) {
    this.most = most;
    this.#live = live;
    this.#disk = disk;
  }

  /** How many run now. */
  get taken(): number {
    return this.#live.all().filter((worker) => worker.agent !== null).length;
  }

  get room(): Room {
    const free = Math.max(0, this.most - this.taken);
    return { places: this.most, free, ...(this.#disk.shortage && { lacks: "low_disk" }) };
  }
}

/** Who reports: this boot of a host, with the room that it has, and the socket through which it may. */
export type Speaker = {
  readonly bootId: string;
  readonly places: Pick<Places, "room"> | null;
  /** Null: it has joined no town. */
  readonly frames: ReportFrames | null;
};
