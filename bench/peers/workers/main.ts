/** A peer that is a Worker: run by workerd as Townkeeper is. Told over IPC which it is. */
import { join } from "node:path";
import { startWorkerd } from "../../workerd.ts";

/** @property worker its folder */
export type WorkerSetup = { worker: string; bindings: Record<string, string> };
type Told = WorkerSetup & { port: number; state: string };

process.on("disconnect", () => process.exit(1));
const { worker, bindings, port, state } = await new Promise<Told>((resolve) => process.once("message", resolve));
const running = await startWorkerd({
  config: join(import.meta.dirname, worker, "wrangler.toml"),
  port,
  storage: state,
  bindings: { ...bindings, OWN_URL: `http://127.0.0.1:${port}` },
});
process.on("message", async (order) => {
  if (order !== "stop") return;
  await running.stop();
  process.exit(0);
});
process.send?.({ type: "ready" });
