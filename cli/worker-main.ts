/** The Worker's process, started by worker-process.ts: told over IPC what to run, and when to leave. */
import { subscribe } from "node:diagnostics_channel";
import { messageOf } from "./fault.ts";
import { loadWrangler, startWorker, type WorkerSetup } from "./worker.ts";

/** wrangler may replace a workerd by another while it starts; one that is gone for longer than this will not come back. */
const REPLACED_WITHIN_MS = 300;

type Order = { type: "start"; setup: WorkerSetup } | { type: "stop" };

let worker: { dispose(): Promise<void> } | null = null;
let leaving = false;
/** How many workerds live. */
let live = 0;

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

function watchWorkerd(): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: import("node:child_process").ChildProcess };
    child.once("spawn", () => {
      if (child.spawnfile !== process.env.MINIFLARE_WORKERD_PATH) return;
      live++;
      child.once("exit", (code, signal) => {
        live--;
        const before = live;
        setTimeout(() => {
          if (live <= before) vanish(`workerd ended (${signal ?? `code ${code}`})`);
        }, REPLACED_WITHIN_MS);
      });
    });
  });
}

watchWorkerd();
const wrangler = loadWrangler();

process.on("disconnect", () => process.exit(1));
process.on("message", async (order: Order) => {
  if (order.type === "stop") return leave(0);
  try {
    worker = await startWorker(await wrangler, order.setup);
    process.send?.({ type: "ready" });
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    await leave(1);
  }
});
