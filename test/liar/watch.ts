/** Looks at all towns without a break, in a thread of its own: what the liar does must not slow down who measures it. */
import { Worker } from "node:worker_threads";

export interface Watched {
  /** Of `GET …/health`, in milliseconds. */
  health: { n: number; p50: number; p99: number; max: number; calmP99: number };
  invariantPolls: number;
  /** Of all workerd processes together, in MB. `rise`: at the most, since this part began. */
  rss: { calm: number; peak: number; last: number; rise: number };
  breaches: string[];
}

type Setup = { url: string; token: string };
export type ToWatch = { add: string } | { calm: number[] } | { begins: true } | { stop: true } | { ask: number };

export class Watch {
  readonly #worker: Worker;
  #asks = 0;

  constructor(setup: Setup) {
    this.#worker = new Worker(new URL("./watch-thread.ts", import.meta.url), { workerData: setup });
  }

  add(town: string): void {
    this.#send({ add: town });
  }

  /** From now on memory, and what health takes, are compared with what they are. */
  calm(pids: number[]): void {
    this.#send({ calm: pids });
  }

  /** The towns of before are calm: from here on memory may rise by what this part costs. */
  begins(): void {
    this.#send({ begins: true });
  }

  sofar(): Promise<Watched> {
    const ask = ++this.#asks;
    return new Promise((resolve) => {
      const hear = (answer: { ask: number; watched: Watched }) => {
        if (answer.ask !== ask) return;
        this.#worker.off("message", hear);
        resolve(answer.watched);
      };
      this.#worker.on("message", hear);
      this.#send({ ask });
    });
  }

  async stop(): Promise<void> {
    this.#send({ stop: true });
    await this.#worker.terminate();
  }

  #send(message: ToWatch): void {
    this.#worker.postMessage(message);
  }
}
