import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Fault } from "./fault.ts";
import { repoRoot, type StatePaths } from "./paths.ts";

/** A cold start takes 2 to 5 s. A worker that cannot start says nothing, so somebody must look at the clock. */
const READY_WITHIN_MS = 60_000;
const DISPOSE_WITHIN_MS = 5_000;

/** A line that workerd or the Worker logs. */
type WorkerLog = { timestamp: number; level: string; message: string };

/** Wrangler asks the network for news and prints advertisements unless told not to. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

/** What makes wrangler's module quiet and workerd mortal must be in the environment before it loads: load it here. */
export function loadWrangler(): Promise<typeof import("wrangler")> {
  Object.assign(process.env, QUIET, leash());
  return import("wrangler");
}

/** @property entry another Worker than the product's: a benchmark's */
export type WorkerSetup = { port: number; bindings: Record<string, string>; paths: StatePaths; entry?: string };

/** Runs the Worker in workerd on a loopback port, until `dispose`. */
export async function startWorker(
  { unstable_startWorker }: typeof import("wrangler"),
  { port, bindings, paths, entry }: WorkerSetup,
): Promise<{ dispose(): Promise<void> }> {
  const plain = Object.entries(bindings).map(([name, value]) => [name, { type: "plain_text", value }] as const);
  const worker = await unstable_startWorker({
    config: join(repoRoot, "wrangler.toml"),
    ...(entry && { entrypoint: entry }),
    bindings: Object.fromEntries(plain),
    dev: {
      server: { hostname: "127.0.0.1", port },
      inspector: false,
      watch: false,
      remote: false,
      liveReload: false,
      persist: paths.worker,
      enableContainers: false,
      logLevel: "warn",
      // Else what the Worker logs would land on stdout.
      structuredLogsHandler: ({ timestamp, level, message }: WorkerLog) => {
        keepLine(paths, `${new Date(timestamp).toISOString()} ${level} ${message}\n`);
      },
    },
  });
  const dispose = async () => void (await within(DISPOSE_WITHIN_MS, worker.dispose()));
  if (await within(READY_WITHIN_MS, worker.ready)) return { dispose };
  await dispose();
  throw new Fault(`the Worker did not get ready within ${READY_WITHIN_MS / 1_000} s`, 1);
}

/** A full disk costs lines of the log, never the Worker. */
function keepLine({ workerLog }: StatePaths, line: string): void {
  try {
    appendFileSync(workerLog, line, { mode: 0o600 });
  } catch {
    // Nowhere to say it.
  }
}

/** workerd would outlive a `kill -9` of this process, hold the port and go on firing alarms. */
function leash(): Record<string, string> {
  if (process.platform === "win32") return {};
  const workerd: unknown = createRequire(join(repoRoot, "node_modules/wrangler/package.json"))("workerd");
  return {
    MINIFLARE_WORKERD_PATH: join(repoRoot, "scripts/workerd-leash.sh"),
    REAL_WORKERD: process.env.MINIFLARE_WORKERD_PATH ?? (workerd as { default: string }).default,
    TOWNKEEPER_PID: String(process.pid),
  };
}

/** Whether the promise was in time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
