/** A host that works nothing, so that what is measured is the town. Both ends are stamped by this process's one clock. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PROTOCOL } from "../src/protocol/common.ts";
import type { Told } from "../src/protocol/reports.ts";

const BOOT = "bench-boot";
const HEAD = "0".repeat(40);

export interface Order {
  town: string;
  /** A landing has none. */
  agent: string | null;
  bead: string;
  fence: number;
  atMs: number;
}

type Asked = Omit<Order, "agent" | "atMs"> & { agent?: string; reporting: { url: string; token: string } };

/** What becomes of what is asked: done at once, kept alive without a word, refused, or never answered. */
export type Fate = "done" | "lives" | "refused" | "hangs";

const WELL = JSON.stringify({ bootId: BOOT, ok: true, branch: "main", detail: "it is there", hint: null, checks: [] });

export class NoOpHost {
  /** Told of each order as it comes in; says what becomes of it. */
  onOrder: (order: Order) => Fate = () => "done";
  /** Told before a last word goes out, and after it was heard. */
  onLastWord: (order: Order) => void = () => {};
  onHeard: (order: Order) => void = () => {};
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #live = new Map<number, Asked>();
  #seq = 0;

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get live(): number {
    return this.#live.size;
  }

  /** One sign of life of each run that lives. */
  async heartbeat(): Promise<void> {
    for (const asked of this.#live.values()) await this.#report(asked, { kind: "heartbeat", agentActiveAtMs: null });
  }

  /** All that lives comes to its end. */
  async finish(): Promise<void> {
    const live = [...this.#live.values()];
    this.#live.clear();
    await Promise.all(live.map((asked) => this.#end(asked)));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = performance.now();
    const asked = JSON.parse(await bodyOf(request)) as Asked;
    if (!asked.reporting) return answerLook(response);
    const order = orderOf(asked, atMs);
    const fate = this.onOrder(order);
    if (fate === "hangs") return;
    const accepted = fate !== "refused";
    const answer = { accepted, bootId: BOOT, ...(!accepted && { code: "busy", message: "not now" }) };
    answerWith(response, accepted ? 202 : 409, JSON.stringify(answer));
    if (fate === "lives") this.#live.set(asked.fence, asked);
    if (fate === "done") await this.#end(asked);
  }

  async #end(asked: Asked): Promise<void> {
    const order = orderOf(asked, performance.now());
    this.onLastWord(order);
    await this.#report(
      asked,
      order.agent === null ? { kind: "landed", head: HEAD } : { kind: "finished", head: HEAD, outputTail: "" },
    );
    this.onHeard(order);
  }

  async #report({ reporting, agent, bead, fence }: Asked, told: Told): Promise<void> {
    const report = { agent: agent ?? null, bead, fence, seq: ++this.#seq, ...told };
    const send = () =>
      fetch(reporting.url, {
        method: "POST",
        headers: { authorization: `Bearer ${reporting.token}`, "content-type": "application/json" },
        body: JSON.stringify({ protocol: PROTOCOL, bootId: BOOT, reports: [report] }),
      });
    // A connection that nothing was sent through for a while may have been closed: by its number a report is heard once.
    const response = await send().catch(send);
    const text = await response.text();
    if (!response.ok) throw new Error(`the town answered ${response.status}: ${text}`);
  }
}

const orderOf = ({ town, agent, bead, fence }: Asked, atMs: number): Order => ({
  town,
  agent: agent ?? null,
  bead,
  fence,
  atMs,
});

/** Who only looks at a rig, or at what an agent needs, names nobody to report to. The answer is that all is well: nothing begins by it. */
export function answerLook(response: ServerResponse): void {
  answerWith(response, 200, WELL);
}

/** With its length, as the host program tells it. */
export function answerWith(response: ServerResponse, status: number, text: string): void {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
