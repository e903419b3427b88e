import { Redis } from "../servers/redis.ts";
import type { Peer, Work } from "../types.ts";
import { pinned } from "./versions.ts";
import { Worker } from "./worker.ts";

export class BullMq implements Peer {
  readonly name = "bullmq";
  readonly work = ["bead", "job", "slow"] as const;
  readonly settings = [
    ...Redis.settings,
    "Queue.addBulk, job ids; Worker concurrency as measured, maxRetriesPerRequest null",
    "lockDuration, stalledInterval 30 s, maxStalledCount 1: defaults, which its manual says to keep",
    "attempts 3 with exponential backoff, removeOnComplete: 1000",
  ];
  readonly transitions = {
    bead: ["added", "active", "completed", "landing added", "landing active", "landing completed", "closed"],
    job: ["added", "active", "completed"],
  };
  readonly #redis = new Redis();
  readonly #worker = new Worker("bullmq.mjs");

  versions = () => ({ ...pinned("bullmq", "ioredis"), redis: Redis.version() });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    await this.#redis.start();
    await this.#worker.start({ connection: this.#redis.connection, hostUrl, concurrency });
  }
  setConcurrency = (concurrency: number) => this.#worker.restart({ concurrency });
  enqueue = (ids: readonly string[], work: Work) => this.#worker.enqueue(ids, work);
  left = () => this.#worker.left();
  counters = async () => ({ commands: this.#redis.commands() });
  pids = () => [...this.#redis.pid, ...this.#worker.pid];
  crash = () => this.#worker.crash();

  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#redis.stop();
  }
}
