import type { Peer, Work } from "../types.ts";
import type { WorkerSetup } from "../workers/main.ts";
import { pinned, workerdVersion } from "./versions.ts";
import { Worker } from "./worker.ts";

/** An Agent works on one item at a time: concurrency is as many Agents, between which the items are dealt out. */
export class Agents implements Peer {
  readonly name: string;
  readonly work = ["bead", "job", "slow"] as const;
  readonly settings: readonly string[];
  readonly transitions = {
    bead: ["queued", "removed", "landing queued", "landing removed", "closed"],
    job: ["queued", "removed"],
  };
  readonly #how: "queue" | "schedule";
  readonly #worker = new Worker("main.ts");
  #shards = 1;

  constructor(how: "queue" | "schedule") {
    this.#how = how;
    this.name = `agents-${how}`;
    this.settings = [
      how === "queue" ? "this.queue(…)" : "this.schedule(0, …), whose times are whole seconds",
      "one item at a time in an Agent (by design), so concurrency is as many Agents",
      "retries, dead-man alarm 30 s: defaults",
      "workerd's own storage, as for Townkeeper",
    ];
  }

  versions = () => ({ ...pinned("agents"), workerd: workerdVersion() });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    this.#shards = concurrency;
    const setup: WorkerSetup = { worker: "agents", bindings: { HOST_URL: hostUrl, HOW: this.#how } };
    await this.#worker.start(setup);
  }
  async setConcurrency(concurrency: number): Promise<void> {
    this.#shards = concurrency;
  }
  enqueue = (ids: readonly string[], work: Work) => this.#worker.enqueue(ids, work, `/items/${this.#shards}`);
  left = () => this.#worker.left(`/left/${this.#shards}`);
  counters = async () => ({ ...((await this.#worker.ask("/alarms")) as { alarms: number }) });
  pids = () => this.#worker.pid;
  crash = () => this.#worker.crash();
  stop = () => this.#worker.stop();
}
