/** A town under `wrangler dev` with containers, spoken to over HTTP as anybody would. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { until } from "./waiting.ts";

const root = join(import.meta.dirname, "../..");
const TOKEN = "tk_containers";
/** The image is built first. */
const READY_MS = 180_000;

const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  X_LOCAL_OBSERVABILITY: "false",
  X_LOCAL_EXPLORER: "false",
};

export interface Town {
  /** `GET` or `POST` below `/v1/towns`; the answer's body. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

export async function startTown(
  folder: string,
  env: Record<string, string>,
  vars: Record<string, string>,
): Promise<Town> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  const given = { TOWNKEEPER_TOKEN: TOKEN, RUN_TOKEN_KEY: "run-key", HOST_TOKEN: "host", PUBLIC_URL: url, ...vars };
  const output = openSync(join(folder, "wrangler.log"), "a");
  const args = [
    ...["dev", "--config", join(root, "wrangler.toml"), "--ip", "127.0.0.1", "--port", String(port)],
    ...["--persist-to", join(folder, "state"), "--enable-containers", "--show-interactive-dev-session=false"],
    ...Object.entries(given).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  const wrangler = spawn(join(root, "node_modules/.bin/wrangler"), args, {
    cwd: root,
    env: { ...process.env, ...QUIET, ...env },
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const close = () => end(wrangler);
  const up = () => fetch(`${url}/v1/towns/none`, { headers, signal: AbortSignal.timeout(2_000) });
  await until(up, READY_MS).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    close,
    async ask<T>(method: string, path: string, body?: unknown) {
      const signal = AbortSignal.timeout(30_000);
      const response = await fetch(`${url}/v1/towns${path}`, {
        method,
        headers,
        signal,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}

/** The whole group: wrangler's own SIGTERM leaves workerd behind now and then. */
async function end(wrangler: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => wrangler.once("exit", () => resolve()));
  if (wrangler.exitCode === null) {
    signal(wrangler, "SIGTERM");
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  }
  signal(wrangler, "SIGKILL");
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // The group is gone.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
