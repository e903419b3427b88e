/** The Worker's process, started by worker-process.ts: told over IPC what to run, and when to leave. */
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { messageOf } from "./fault.ts";
import { loadWrangler, startWorker, type WorkerSetup } from "./worker.ts";

type Order = { type: "start"; setup: WorkerSetup } | { type: "stop" };

let worker: { dispose(): Promise<void> } | null = null;
let ready = false;
let leaving = false;

async function leave(code: number): Promise<never> {
  leaving = true;
  await worker?.dispose();
  process.exit(code);
}

/** Whoever started us is gone, or workerd is: at once. What of workerd is left dies with us, it is on our leash. */
function vanish(why: string): void {
  if (leaving) return;
  process.stderr.write(`${new Date().toISOString()} error ${why}\n`);
  process.exit(1);
}

/** Miniflare starts a dead workerd again, but wrangler then holds every request for ever: better to begin anew. */
function watchWorkerd(): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    child.once("exit", (code, signal) => {
      // While it starts, wrangler itself may replace one.
      if (ready && child.spawnfile === process.env.MINIFLARE_WORKERD_PATH)
        vanish(`workerd ended (${signal ?? `code ${code}`})`);
    });
  });
}

// Our output is a file, and a full disk must not take the Worker down.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
watchWorkerd();
const wrangler = loadWrangler();

process.on("disconnect", () => process.exit(1));
process.on("message", async (order: Order) => {
  if (order.type === "stop") return leave(0);
  try {
    worker = await startWorker(await wrangler, order.setup);
    ready = true;
    process.send?.({ type: "ready" });
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    await leave(1);
  }
});
