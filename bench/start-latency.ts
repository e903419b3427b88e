/**
 * How long from "create this bead" to the host's receipt of its start, on a quiet warm town: `npm run bench:latency`.
 * The Worker is the real one in workerd, over real HTTP; the host answers at once and does no work, so that what is
 * measured is the town. Both ends are stamped by this process's one clock.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { PROTOCOL, type Report } from "../src/ports/protocol.ts";
import { benchTown, quantile } from "./town.ts";

const { values } = parseArgs({
  options: { n: { type: "string", default: "100" }, json: { type: "boolean", default: false } },
});
const n = Number(values.n);
const WARM_UP = 10;
const BOOT = "bench-boot";
const HEAD = "0".repeat(40);

interface Order {
  agent?: string;
  bead: string;
  fence: number;
  reporting: { url: string; token: string };
}

/** Accepts, stamps, and reports each run finished and each landing landed as soon as it has answered. */
async function noOpHost(onStart: (bead: string, atMs: number) => void, onLanded: () => void) {
  const server = createServer(async (request, response) => {
    const atMs = performance.now();
    const order = JSON.parse(await bodyOf(request)) as Order;
    response
      .writeHead(202, { "content-type": "application/json" })
      .end(JSON.stringify({ accepted: true, bootId: BOOT }));
    if (request.method === "PUT") onStart(order.bead, atMs);
    const said =
      request.method === "PUT"
        ? { kind: "finished" as const, head: HEAD, outputTail: "" }
        : { kind: "landed" as const, head: HEAD };
    await report(order, { agent: order.agent ?? null, bead: order.bead, fence: order.fence, seq: 1, ...said });
    if (request.method === "POST") onLanded();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

async function report({ reporting }: Order, told: Report): Promise<void> {
  const headers = { authorization: `Bearer ${reporting.token}`, "content-type": "application/json" };
  const body = JSON.stringify({ protocol: PROTOCOL, bootId: BOOT, reports: [told] });
  const response = await fetch(reporting.url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the town answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

const received = new Map<string, number>();
let landed: () => void = () => {};
const host = await noOpHost(
  (bead, atMs) => received.set(bead, atMs),
  () => landed(),
);
const { api, stop } = await benchTown(host.url);
try {
  await api.addAgent("bench", { id: "ada", rig: "lib", command: ["true"] });
  const latencies: number[] = [];
  for (let i = 1; i <= n + WARM_UP; i++) {
    const closed = new Promise<void>((resolve) => {
      landed = resolve;
    });
    const startedMs = performance.now();
    await api.createBeads("bench", [{ rig: "lib", title: `bead ${i}` }]);
    await closed;
    if (i > WARM_UP) latencies.push((received.get(`lib-${i}`) ?? Number.NaN) - startedMs);
  }
  latencies.sort((a, b) => a - b);
  const at = (q: number) => quantile(latencies, q);
  const result = { n, minMs: at(0), medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  console.log(values.json ? JSON.stringify(result) : result);
} finally {
  await stop();
  host.close();
}
process.exit(0);
