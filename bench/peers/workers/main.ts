/** The process of the agents SDK: run by workerd as Townkeeper is. Told over IPC what to be. */
import { join } from "node:path";
import { startWorkerd } from "../../workerd.ts";

export type AgentsSetup = { port: number; hostUrl: string; how: "queue" | "schedule"; state: string };

process.on("disconnect", () => process.exit(1));
const setup = await new Promise<AgentsSetup>((resolve) => process.once("message", resolve));
const worker = await startWorkerd({
  config: join(import.meta.dirname, "agents/wrangler.toml"),
  port: setup.port,
  storage: setup.state,
  bindings: { HOST_URL: setup.hostUrl, OWN_URL: `http://127.0.0.1:${setup.port}`, HOW: setup.how },
});
process.on("message", async (order) => {
  if (order !== "stop") return;
  await worker.stop();
  process.exit(0);
});
process.send?.({ type: "ready" });
