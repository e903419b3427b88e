/**
 * How long `GET …/health` takes on a town with many beads, over real HTTP to the Worker in workerd, while its agents are at
 * work: `npm run bench:health`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { benchTown, quantile } from "./town.ts";

const { values } = parseArgs({
  options: {
    beads: { type: "string", default: "100000" },
    n: { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});
const [beads, n] = [Number(values.beads), Number(values.n)];
const BATCH = 200;
const AGENTS = 5;
const WARM_UP = 50;

/** Takes every start and lets it run. */
const host = createServer((_request, response) => {
  response.writeHead(202, { "content-type": "application/json" });
  response.end(JSON.stringify({ accepted: true, bootId: "bench-boot" }));
});
host.listen(0, "127.0.0.1");
await once(host, "listening");
const { api, stop } = await benchTown(`http://127.0.0.1:${(host.address() as AddressInfo).port}`);
try {
  for (let i = 0; i < AGENTS; i++) await api.addAgent("bench", { id: `a${i}`, rig: "lib", command: ["true"] });
  for (let made = 0; made < beads; made += BATCH) {
    const titles = Array.from({ length: Math.min(BATCH, beads - made) }, (_, i) => `bead ${made + i}`);
    await api.createBeads(
      "bench",
      titles.map((title) => ({ rig: "lib", title })),
    );
  }
  const times: number[] = [];
  for (let i = 0; i < n + WARM_UP; i++) {
    const startedMs = performance.now();
    await api.ask("bench", "/health");
    if (i >= WARM_UP) times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  const at = (q: number) => quantile(times, q);
  const result = { beads, n, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  console.log(values.json ? JSON.stringify(result) : result);
} finally {
  await stop();
  host.close();
}
process.exit(0);
