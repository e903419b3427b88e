import { Postgres } from "../servers/postgres.ts";
import type { Peer, Work } from "../types.ts";
import { pinned } from "./versions.ts";
import { Worker } from "./worker.ts";

type How = { name: string; queue: boolean; pollMs?: number };

const HOWS = {
  /** Workflows begin in the process that is called. */
  start: { name: "dbos", queue: false },
  queue: { name: "dbos-queue", queue: true },
  fastQueue: { name: "dbos-queue-10ms", queue: true, pollMs: 10 },
} satisfies Record<string, How>;

export class Dbos implements Peer {
  readonly name: string;
  readonly work = ["bead", "job", "slow"] as const;
  readonly settings: readonly string[];
  readonly transitions;
  readonly #how: How;
  readonly #postgres = new Postgres();
  readonly #worker = new Worker("dbos.mjs");

  constructor(how: keyof typeof HOWS) {
    this.#how = HOWS[how];
    const { name, queue, pollMs } = this.#how;
    this.name = name;
    this.settings = [
      ...Postgres.settings,
      "LISTEN/NOTIFY (default), system database pool of 20, executor id as by default",
      queue
        ? `a queue with workerConcurrency as measured, polled every ${pollMs ?? "1000 (default)"} ms: LISTEN/NOTIFY does not reach queues`
        : "DBOS.startWorkflow without a queue: no limit of concurrency, all begin at once",
    ];
    const began = queue ? ["enqueued", "dequeued"] : ["pending"];
    this.transitions = {
      bead: [...began, "step", "message", "received", "step", "message", "received", "success"],
      job: [...began, "step", "success"],
    };
  }

  versions = () => ({ ...pinned("@dbos-inc/dbos-sdk", "pg"), postgresql: Postgres.version() });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    await this.#postgres.start();
    const { queue, pollMs } = this.#how;
    await this.#worker.start({ url: this.#postgres.url, hostUrl, concurrency, queue, pollMs });
  }
  setConcurrency = (concurrency: number) => this.#worker.restart({ concurrency });
  enqueue = (ids: readonly string[], work: Work) => this.#worker.enqueue(ids, work);
  left = () => this.#worker.left();
  counters = async () => ({ transactions: this.#postgres.transactions(), syncs: this.#postgres.syncs() });
  pids = () => [...this.#postgres.pid, ...this.#worker.pid];
  crash = () => this.#worker.crash();

  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#postgres.stop();
  }
}
