import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { makeTown, startWorker } from "../../town.ts";
import { commandLineOf, withDescendants } from "../processes.ts";
import type { Peer } from "../types.ts";
import { workerdVersion } from "./versions.ts";

const BACK_WITHIN_MS = 60_000;

export const transitions = {
  bead: ["created", "claimed", "accepted", "finished", "landing claimed", "landing accepted", "landed, closed"],
};

type Way = {
  name: string;
  rigs: number;
  /** Of a rig, where it is not left to be one. */
  landingsAtOnce?: number;
};

const usual: Way = { name: "townkeeper", rigs: 1 };

/** What it is set beside: queues land as many at a time as they work on, and know no rigs. */
export const otherWays: readonly Way[] = [
  { name: "townkeeper-landings", rigs: 1, landingsAtOnce: 8 },
  { name: "townkeeper-ten-rigs", rigs: 10 },
];

/** One town; concurrency is as many agents. Its items are named by the town: lib-1, lib-2, … */
export class Townkeeper implements Peer {
  readonly name: string;
  readonly work = ["bead"] as const;
  readonly settings: readonly string[];
  readonly transitions = transitions;
  readonly crash?: () => Promise<void>;
  readonly #rigs: readonly string[];
  readonly #landingsAtOnce: number | undefined;
  #town: Awaited<ReturnType<typeof startWorker>> | null = null;
  #agents = 0;
  #made = 0;

  constructor({ name, rigs, landingsAtOnce }: Way = usual) {
    this.name = name;
    this.#rigs = Array.from({ length: rigs }, (_, index) => (index === 0 ? "lib" : `lib${index}`));
    this.#landingsAtOnce = landingsAtOnce;
    const places = `${rigs === 1 ? "one rig" : `${rigs} rigs`}, of which each lands ${landingsAtOnce ?? "one"} at a time`;
    this.settings = [
      "startsPerMinute 100000 and maxInReviewPerRig 10000, or its caps would be measured; else defaults",
      `one town, ${places}, agents as many as the concurrency; up to 32 calls to the host at a time, as under npm start`,
      "workerd's own storage: an answer waits until what it tells is on the disk",
    ];
    // It recovers in one way, whatever its rigs are.
    if (name === usual.name) this.crash = () => this.#crash();
  }

  versions = () => ({
    townkeeper: JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8")).version,
    workerd: workerdVersion(),
  });

  async start(hostUrl: string, concurrency: number): Promise<void> {
    this.#town = await startWorker(hostUrl);
    await makeTown(this.#api, "bench", { rigs: this.#rigs, agents: 0 });
    if (this.#landingsAtOnce !== undefined)
      for (const rig of this.#rigs)
        await this.#api.of("bench").patch("/rigs/{rig}", { rig }, { landingsAtOnce: this.#landingsAtOnce });
    this.#agents = 0;
    await this.setConcurrency(concurrency);
  }

  async setConcurrency(concurrency: number): Promise<void> {
    while (this.#agents < concurrency)
      await this.#api.addAgent("bench", {
        id: `agent-${this.#agents + 1}`,
        rig: this.#rigOf(this.#agents++),
        command: ["true"],
      });
  }

  async enqueue(ids: readonly string[]): Promise<{ calledNs: null }> {
    await this.#api.createBeads(
      "bench",
      ids.map((id) => ({ rig: this.#rigOf(this.#made++), title: id })),
    );
    return { calledNs: null };
  }

  async left(): Promise<number> {
    const town = await this.#api.town("bench");
    return town ? town.beads.total - town.beads.closed : Number.NaN;
  }

  async counters(): Promise<Record<string, number>> {
    const { url, token } = this.#running;
    const headers = { authorization: `Bearer ${token}` };
    const text = await (await fetch(`${url}/v1/towns/bench/metrics`, { headers })).text();
    return { ticks: Number(/^townkeeper_ticks_total\S* (\d+)/m.exec(text)?.[1] ?? Number.NaN) };
  }

  pids = () => this.#workerPids();

  /** workerd itself; the process around it leaves with it, and `Services` starts both again. */
  async #crash(): Promise<void> {
    const workerd = this.#workerPids()
      .flatMap(withDescendants)
      .filter((pid) => commandLineOf(pid).split(" ")[0]?.includes("workerd"));
    if (workerd.length === 0) throw new Error("which process is workerd can be seen on Linux only");
    for (const pid of workerd) process.kill(pid, "SIGKILL");
    const untilMs = Date.now() + BACK_WITHIN_MS;
    while (Date.now() < untilMs) {
      await pause(50);
      const left = await this.left().catch(() => null);
      if (left !== null) return;
    }
    throw new Error("the Worker did not come back");
  }

  async stop(): Promise<void> {
    await this.#town?.stop();
  }

  /** In turn. */
  #rigOf = (index: number): string => this.#rigs[index % this.#rigs.length] ?? "";

  get #running() {
    if (!this.#town) throw new Error("the town is not started");
    return this.#town;
  }
  get #api() {
    return this.#running.api;
  }
  #workerPids(): number[] {
    const children = withDescendants(process.pid).slice(1);
    return children.filter((pid) => commandLineOf(pid).includes("/workerd serve "));
  }
}
