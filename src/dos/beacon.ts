import { log } from "../lib/log.ts";
import { messageOf } from "../lib/text.ts";
import type { Env } from "./env.ts";

const SHARDS = 8;

/** A wake that comes this much earlier than the watchtower believes is worth telling it. */
const EARLIER_MS = 30_000;

export const shardsOfTowers = Array.from({ length: SHARDS }, (_, index) => `shard-${index}`);

/** Which watchtower looks after this town: by its name alone. */
function shardOf(town: string): string {
  let hash = 0;
  for (const char of town) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return `shard-${hash % SHARDS}`;
}

/**
 * Tells the watchtower when this town should next wake. Seldom: only when the tower would otherwise look too late, since a
 * look that comes early finds the town well and learns the rest. Best effort, and never in the way.
 */
export class Beacon {
  readonly #env: Env;
  readonly #town: string;
  /** What the tower believes; undefined: not known. */
  #told: number | null | undefined = undefined;

  constructor(env: Env, town: string) {
    this.#env = env;
    this.#town = town;
  }

  wakesAt(atMs: number | null): void {
    if (!this.#env.WATCHTOWER || atMs === null) return;
    if (typeof this.#told === "number" && atMs >= this.#told - EARLIER_MS) return;
    this.#told = atMs;
    this.#env.WATCHTOWER.getByName(shardOf(this.#town))
      .expect(this.#town, atMs)
      .catch((error: unknown) => {
        this.#told = undefined;
        log("error", `the watchtower could not be told: ${messageOf(error)}`, { town: this.#town });
      });
  }

  /** The tower has just asked, and goes by this now. */
  learned(atMs: number | null): void {
    this.#told = atMs;
  }
}
