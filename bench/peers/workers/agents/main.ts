/** The process of the agents SDK: workerd, by the wrangler that runs Townkeeper. Told over IPC what to be. */
import { join } from "node:path";
import { loadWrangler } from "../../../../cli/worker.ts";

export type AgentsSetup = { port: number; hostUrl: string; how: "queue" | "schedule"; state: string };

process.on("disconnect", () => process.exit(1));
const setup = await new Promise<AgentsSetup>((resolve) => process.once("message", resolve));
const { unstable_startWorker } = await loadWrangler();
const text = (value: string) => ({ type: "plain_text" as const, value });
const worker = await unstable_startWorker({
  config: join(import.meta.dirname, "wrangler.toml"),
  bindings: {
    HOST_URL: text(setup.hostUrl),
    OWN_URL: text(`http://127.0.0.1:${setup.port}`),
    HOW: text(setup.how),
  },
  dev: {
    server: { hostname: "127.0.0.1", port: setup.port },
    inspector: false,
    watch: false,
    remote: false,
    liveReload: false,
    persist: setup.state,
    logLevel: "warn",
  },
});
await worker.ready;
process.on("message", async (order) => {
  if (order !== "stop") return;
  await worker.dispose();
  process.exit(0);
});
process.send?.({ type: "ready" });
