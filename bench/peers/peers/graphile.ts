import { Postgres } from "../servers/postgres.ts";
import type { Peer, Work } from "../types.ts";
import { pinned } from "./versions.ts";
import { Worker } from "./worker.ts";

/** `unlock`: whoever starts a worker after a crash first unlocks what the dead one held, as its manual has it. */
export class Graphile implements Peer {
  readonly name: string;
  readonly recoveryOnly: boolean;
  readonly work = ["bead", "job", "slow"] as const;
  readonly settings: readonly string[];
  readonly transitions = {
    bead: ["added", "locked", "done", "landing added", "landing locked", "landing done", "closed"],
    job: ["added", "locked", "done"],
  };
  readonly #unlock: boolean;
  readonly #postgres = new Postgres();
  readonly #worker = new Worker("graphile.mjs");

  constructor({ unlock = false } = {}) {
    this.#unlock = unlock;
    this.recoveryOnly = unlock;
    this.name = unlock ? "graphile-worker-unlocked" : "graphile-worker";
    this.settings = [
      ...Postgres.settings,
      "LISTEN/NOTIFY, pollInterval 2 s (defaults); addJobs; concurrentJobs as measured",
      "localQueue.size = concurrentJobs + 1, pool of concurrentJobs + 2 (its manual's starting points)",
      unlock
        ? "after a crash: force_unlock_workers for the dead ones, before the new one begins"
        : "after a crash: nothing, so that a dead worker's jobs stay locked for 4 h (default)",
    ];
  }

  versions = () => ({ ...pinned("graphile-worker", "pg"), postgresql: Postgres.version() });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    await this.#postgres.start();
    await this.#worker.start({ url: this.#postgres.url, hostUrl, concurrency });
  }
  setConcurrency = (concurrency: number) => this.#worker.restart({ concurrency });
  enqueue = (ids: readonly string[], work: Work) => this.#worker.enqueue(ids, work);
  left = () => this.#worker.left();
  counters = async () => ({ transactions: this.#postgres.transactions(), syncs: this.#postgres.syncs() });
  pids = () => [...this.#postgres.pid, ...this.#worker.pid];
  crash = () => this.#worker.crash({ unlock: this.#unlock });

  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#postgres.stop();
  }
}
