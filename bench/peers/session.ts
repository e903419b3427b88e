import { NoOpHost } from "./host.ts";
import type { Peer } from "./types.ts";

/** A peer with a host of its own. Items are named as a town names its beads, since it gives them names of its own. */
export class Session {
  readonly peer: Peer;
  readonly host = new NoOpHost();
  #made = 0;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  async start(concurrency: number): Promise<void> {
    await this.host.start();
    await this.peer.start(this.host.url, concurrency);
  }

  take(count: number): string[] {
    return Array.from({ length: count }, () => `lib-${++this.#made}`);
  }

  async stop(): Promise<void> {
    await this.peer.stop();
    this.host.stop();
  }
}

/** To three digits: what lies beyond them is chance. */
export const rounded = (value: number): number => Number(value.toPrecision(3));
