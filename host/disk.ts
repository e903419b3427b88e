import { statfsSync } from "node:fs";

/** Room where the host keeps its state, as its user may use it. */
export class Disk {
  /** A start needs as much. */
  readonly leastFreeBytes: number;
  readonly #folder: string;

  constructor(folder: string, leastFreeBytes: number) {
    this.#folder = folder;
    this.leastFreeBytes = leastFreeBytes;
  }

  /** Null: the system does not say. */
  get freeBytes(): number | null {
    try {
      const { bavail, bsize } = statfsSync(this.#folder);
      return bavail * bsize;
    } catch {
      return null;
    }
  }

  /** Why nothing may start, with the figures; or null. */
  get shortage(): string | null {
    const { freeBytes, leastFreeBytes } = this;
    if (freeBytes === null || freeBytes >= leastFreeBytes) return null;
    return `Only ${inMib(freeBytes)} are free where this host keeps its state, and a start needs ${inMib(leastFreeBytes)}. Make room there, or give the host another --min-free.`;
  }
}

export const inMib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
