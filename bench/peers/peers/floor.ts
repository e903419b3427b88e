import type { Peer, Work } from "../types.ts";
import type { WorkerSetup } from "../workers/main.ts";
import { transitions } from "./townkeeper.ts";
import { workerdVersion } from "./versions.ts";
import { Worker } from "./worker.ts";

/** What a Durable Object with Townkeeper's durable transitions, and nothing else of it, reaches on this machine. */
export class Floor implements Peer {
  readonly name: string;
  readonly work = ["bead"] as const;
  readonly settings: readonly string[];
  readonly transitions = transitions;
  readonly #commits: "own" | "shared";
  readonly #worker = new Worker("main.ts");

  constructor(commits: "own" | "shared") {
    this.#commits = commits;
    this.name = commits === "own" ? "floor" : "floor-shared";
    this.settings = [
      "bare SQL on the town's tables: no planner, gates, fence checks, tokens, parsing or health; nothing begins again after a crash",
      "one object, one rig, agents as many as the concurrency; up to 18 starts and 8 landings asked of the host at a time",
      commits === "own"
        ? "a transaction and a commit for each event"
        : "what comes while a commit is on its way to disk shares the next transaction and commit, as in Townkeeper",
      "workerd's own storage, as for Townkeeper",
    ];
  }

  versions = () => ({ workerd: workerdVersion() });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    const setup: WorkerSetup = { worker: "floor", bindings: { HOST_URL: hostUrl, COMMITS: this.#commits } };
    await this.#worker.start(setup);
    await this.setConcurrency(concurrency);
  }
  async setConcurrency(concurrency: number): Promise<void> {
    await this.#worker.ask("/agents", { agents: concurrency });
  }
  enqueue = (ids: readonly string[], work: Work) => this.#worker.enqueue(ids, work);
  left = () => this.#worker.left();
  counters = async () => (await this.#worker.ask("/counts")) as { transactions: number; alarms: number };
  pids = () => this.#worker.pid;
  stop = () => this.#worker.stop();
}
