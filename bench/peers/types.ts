/**
 * `bead`: two effects and two reports, as a bead's life. `job`: one effect, whose answer is its end, as a queue's job.
 * `slow`: one effect that the handler waits for, some seconds long.
 */
export type Work = "bead" | "job" | "slow";

/** One system under measurement: its server if it has one, and one process that works. */
export interface Peer {
  readonly name: string;
  /** What it can be given. Townkeeper has nothing but beads. */
  readonly work: readonly Work[];
  /** It differs from another in how it recovers, and in nothing else. */
  readonly recoveryOnly?: boolean;
  /** Recommended settings, as they are in force. */
  readonly settings: readonly string[];
  /** What an item leaves behind durably, in order; the effects come in between. */
  readonly transitions: Partial<Record<"bead" | "job", readonly string[]>>;
  versions(): Record<string, string>;
  /** @throws Missing if its server is not on this machine */
  start(hostUrl: string, concurrency: number): Promise<void>;
  /** How many items are worked on at a time, from now on: rises only. */
  setConcurrency(concurrency: number): Promise<void>;
  /** Resolves once they are durable. `calledNs`: when its own library was called, where that is in the worker's process. */
  enqueue(ids: readonly string[], work: Work): Promise<{ calledNs: bigint | null }>;
  /** How many items are not recorded as done. */
  left(): Promise<number>;
  /** What it has asked its storage so far, by the storage's own count. Null: there is nothing to ask. */
  counters(): Promise<Record<string, number> | null>;
  /** Whose processor time, with that of their children, is the peer's. */
  pids(): number[];
  /** `kill -9` of the process that works, and its start again. Resolves when it is at work again. Left out: nothing in it would go on. */
  crash?(): Promise<void>;
  stop(): Promise<void>;
}

export type Percentiles = { p50: number; p99: number; n: number };

/** One turn of a peer. */
export type Round = {
  /** From 1. In each, all peers have their turn. */
  round: number;
  /** From the client's call to the beginning of the effect. `ownClient`: from the call of the peer's own library. */
  latencyMs?: Percentiles & { ownClient: Percentiles | null };
  /** Keyed by work and concurrency, such as `bead@10`. */
  throughput: Record<string, Throughput>;
  /** The machine's load average of a minute as this turn began and ended. */
  load?: { cores: number; before: number; after: number };
};

export type PeerResult = {
  rounds: Round[];
  idleHour?: IdleHour;
  recovery: Partial<Record<"bead" | "slow", Recovery>>;
  settings: readonly string[];
  versions: Record<string, string>;
  /** Where it broke off, if it did. */
  failure?: string;
};

export type Throughput = {
  n: number;
  seconds: number;
  itemsPerSecond: number;
  effectsPerSecond: number;
  durableTransitionsPerItem: number;
  durableTransitionsPerSecond: number;
  /** By the storage's own count, reads among them. */
  storagePerItem: Record<string, number> | null;
  /** Of the peer's own processes and its servers, by program, over the same time. Null: only Linux tells. */
  cpuMsPerItem: Record<string, number> | null;
};

type IdleHour = {
  seconds: number;
  storage: Record<string, number> | null;
  /** By program. Null: only Linux tells. */
  cpuSeconds: Record<string, number> | null;
};

export type Recovery = {
  items: number;
  killedAfterMs: number;
  /** From the kill to the last item's end. Null: not within the time given. */
  secondsToAllDone: number | null;
  secondsToRestart: number;
  /** Starts that the host was asked for more than once. */
  askedTwice: number;
  /** Of these, effects that really ran again: the host could not tell that it was the same one. */
  ranTwice: number;
  /** Items without an end when time was up. */
  unfinished: number;
  /** How long we looked. */
  boundSeconds: number;
};

/** A program that has to be installed first. */
export class Missing extends Error {}
