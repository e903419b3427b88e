/**
 * The no-op host, one for all: `PUT /v1/runs/{agent}` and `POST /v1/merges` are answered 202 at once, and reported finished
 * and landed to whoever asked. It does no work, so that what is measured is who drives it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { PROTOCOL } from "../../src/protocol/common.ts";
import type { Report } from "../../src/protocol/reports.ts";
import { answerLook, answerWith, bodyOf } from "../host.ts";

const BOOT = "bench-boot";
const HEAD = "0".repeat(40);
const SLOW_MS = 2_000;
const RETRY_MS = 100;

interface Order {
  agent?: string;
  bead: string;
  fence: number;
  work?: "bead" | "job" | "slow";
  reporting: { url: string; token: string };
}

/** What happened to one item. */
interface Seen {
  startedNs: bigint;
  asked: number;
  ran: number;
}

/** A town names its beads by their rigs, and counts them as one. */
const itemOf = (bead: string): string => bead.replace(/^.*-/, "lib-");

export class NoOpHost {
  url = "";
  /** How long a run takes before it is reported finished. */
  runMs = 0;
  readonly seen = new Map<string, Seen>();
  readonly closed = new Set<string>();
  readonly #known = new Set<string>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #watchers = new Set<() => void>();
  #over = false;

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#over = true;
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Whether it came true in time; looked at whenever something happens here. */
  async until(isTrue: () => boolean, withinMs: number): Promise<boolean> {
    if (isTrue()) return true;
    return await new Promise((resolve) => {
      const settle = (verdict: boolean) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(verdict);
      };
      const look = () => isTrue() && settle(true);
      const timer = setTimeout(() => settle(false), withinMs);
      this.#watchers.add(look);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atNs = process.hrtime.bigint();
    const order = JSON.parse(await bodyOf(request)) as Order;
    if (!order.reporting) return answerLook(response);
    const isStart = request.method === "PUT";
    const isNews = this.#note(order, isStart, atNs);
    if (order.work === "slow") await pause(SLOW_MS);
    answerWith(response, isNews ? 202 : 200, JSON.stringify({ accepted: true, bootId: BOOT }));
    if (!isNews || order.work === "job" || order.work === "slow") return;
    if (isStart) await pause(this.runMs);
    const said = isStart
      ? { kind: "finished" as const, head: HEAD, outputTail: "" }
      : { kind: "landed" as const, head: HEAD };
    const heard = await this.#report(order, {
      agent: order.agent ?? null,
      bead: order.bead,
      fence: order.fence,
      seq: 1,
      ...said,
    });
    if (heard && !isStart) this.closed.add(itemOf(order.bead));
    this.#happened();
  }

  /** Whether this is new. The same bead with the same fence is the same run; a handler's own work has no fence. */
  #note({ bead, fence, work }: Order, isStart: boolean, atNs: bigint): boolean {
    const key = `${isStart ? "run" : "merge"} ${bead} ${fence}`;
    const isNews = work === "job" || work === "slow" || !this.#known.has(key);
    this.#known.add(key);
    if (!isStart) return isNews;
    const item = itemOf(bead);
    const seen = this.seen.get(item) ?? { startedNs: atNs, asked: 0, ran: 0 };
    seen.asked++;
    if (isNews) seen.ran++;
    this.seen.set(item, seen);
    this.#happened();
    return isNews;
  }

  #happened(): void {
    for (const look of this.#watchers) look();
  }

  /** Again and again until somebody hears it: whoever should may just be dead. False: it was refused. */
  async #report({ reporting }: Order, told: Report): Promise<boolean> {
    const headers = { authorization: `Bearer ${reporting.token}`, "content-type": "application/json" };
    const body = JSON.stringify({ protocol: PROTOCOL, bootId: BOOT, reports: [told] });
    while (!this.#over) {
      const response = await fetch(reporting.url, { method: "POST", headers, body }).catch(() => null);
      await response?.arrayBuffer().catch(() => undefined);
      if (response?.ok) return true;
      if (response?.status === 409) return false;
      await pause(RETRY_MS);
    }
    return false;
  }
}
