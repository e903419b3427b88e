import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostAnswer } from "../../src/protocol/common.ts";
import type { MergeRequest } from "../../src/protocol/merges.ts";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { until } from "../containers/waiting.ts";

type Health = { ok: boolean; draining: boolean };

/** A real host in a process of its own, and what can be seen of it from outside. */
export async function openHost({ folder, state, home }: { folder: string; state: string; home: string }) {
  const token = "host-token-that-nobody-may-see";
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const flags = ["--port", "0", "--state", state, "--token-file", tokenFile, "--max-runs", "100"];
  const child: ChildProcess = spawn(process.execPath, ["host/main.ts", ...flags], {
    cwd: join(import.meta.dirname, "../.."),
    env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => (output = (output + chunk).slice(-20_000)));
  const port = Number(await until(() => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1], 20_000));
  const pid = child.pid ?? 0;
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(HANGS_MS),
    });
    return response.json();
  };
  return {
    token,
    output: () => output,
    start: (request: StartRequest) => call("PUT", `/v1/runs/${request.agent}`, request) as Promise<HostAnswer>,
    merge: (request: MergeRequest) => call("POST", "/v1/merges", request) as Promise<HostAnswer>,
    tell: (agent: string, fence: number) => {
      const message = { protocol: 1, town: "demo", fence, id: `message-${fence}`, text: "Are you well?" };
      return call("POST", `/v1/runs/${agent}/messages`, message) as Promise<HostAnswer>;
    },
    health: () => call("GET", "/v1/health") as Promise<Health>,
    alive: () => child.exitCode === null && child.signalCode === null,
    /** Bytes at their most, since it began. */
    peakBytes: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024,
    openFiles: () => readdirSync(`/proc/${pid}/fd`).length,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** A host that answers no question for so long is not well, however slow the machine. */
export const HANGS_MS = 15_000;
