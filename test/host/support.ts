import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, onTestFinished } from "vitest";
import { type Host, startHost } from "../../host/host.ts";
import type { HostAnswer } from "../../src/protocol/common.ts";
import type { MergeRequest } from "../../src/protocol/merges.ts";
import type { Report, Verdict } from "../../src/protocol/reports.ts";
import type { HostRun, StartRequest } from "../../src/protocol/runs.ts";

const token = "test-host-token";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-host-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return folder;
}

export function git(cwd: string, ...args: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@t.invalid",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@t.invalid",
  };
  return execFileSync("git", args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...identity },
    stdio: "pipe",
  }).trim();
}

const template = join(tmpdir(), `townkeeper-host-template-${process.pid}-${randomUUID()}`);
afterAll(() => rmSync(template, { recursive: true, force: true }));

/** A bare repository with one commit on main, and a clone to push from; made once per file, then copied. */
function repositoryTemplate(): string {
  if (existsSync(template)) return template;
  const folder = template;
  mkdirSync(folder);
  const clone = join(folder, "clone");
  git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git");
  git(folder, "init", "--quiet", "--initial-branch=main", clone);
  git(clone, "remote", "add", "origin", "../remote.git");
  writeFileSync(join(clone, "README.md"), "start\n");
  git(clone, "add", "--all");
  git(clone, "commit", "--quiet", "-m", "start");
  git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/main");
  return folder;
}

/** A real remote. */
export function makeRepository() {
  const folder = temporaryFolder();
  cpSync(repositoryTemplate(), folder, { recursive: true });
  const [url, clone] = [join(folder, "remote.git"), join(folder, "clone")];
  /** Commits files on top of a start point and pushes them to a branch. */
  const push = (branch: string, from: string, files: Record<string, string>, message = "change"): string => {
    git(clone, "fetch", "--quiet", "origin");
    git(clone, "checkout", "--quiet", "--detach", from);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(clone, name), text);
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "--allow-empty", "-m", message);
    git(clone, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    return git(clone, "rev-parse", "HEAD");
  };
  return {
    url,
    push,
    head: (branch = "main") => git(url, "rev-parse", `refs/heads/${branch}`),
    branches: () => git(url, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split("\n"),
    file: (name: string, branch = "main") => git(url, "show", `${branch}:${name}`),
    count: (branch = "main") => Number(git(url, "rev-list", "--count", branch)),
  };
}

type Judge = (report: Report, bearer: string) => Verdict | number | "silence";

/** A tiny town: keeps every report and answers as it is told to. */
export async function makeTown(judge: Judge = () => "ok") {
  const town = {
    reports: [] as Report[],
    bearers: [] as string[],
    /** What came in each message. */
    requests: [] as Report["kind"][][],
    ...{ judge, url: "", isOver: (_bearer: string) => false },
  };
  const server = createServer(async (request, response) => {
    const bearer = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (request.method === "GET") return response.end(JSON.stringify({ over: town.isOver(bearer) }));
    let text = "";
    for await (const chunk of request) text += chunk;
    const { reports } = JSON.parse(text) as { reports: Report[] };
    if (reports.length === 0) return response.writeHead(400).end();
    town.requests.push(reports.map(({ kind }) => kind));
    town.reports.push(...reports);
    town.bearers.push(...reports.map(() => bearer));
    const judged = reports.map((report) => ({ seq: report.seq, verdict: town.judge(report, bearer) }));
    if (judged.some(({ verdict }) => verdict === "silence")) return;
    const refused = judged.find(({ verdict }) => typeof verdict === "number")?.verdict as number | undefined;
    if (refused !== undefined) return response.writeHead(refused).end();
    const status = judged.every(({ verdict }) => verdict === "fenced") ? 409 : 200;
    return response.writeHead(status).end(JSON.stringify({ verdicts: judged }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  town.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/towns/demo/reports`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(town, {
    of: (fence: number) => town.reports.filter((report) => report.fence === fence),
    /** The last word on a fence. */
    last: (fence: number, ms?: number) =>
      until(
        () =>
          town.reports.find((each) => each.fence === fence && !["heartbeat", "progress", "log"].includes(each.kind)),
        ms,
      ),
  });
}
export type Town = Awaited<ReturnType<typeof makeTown>>;

/** Asks again until there is an answer. */
export async function until<T>(
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  ms = 15_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${ask}`);
    await sleep(20);
  }
}

/** A client of one host. */
export function clientOf(port: number, bearer = token) {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, text, body: (text.startsWith("{") ? JSON.parse(text) : {}) as HostAnswer };
  };
  return {
    call,
    start: (request: StartRequest) => call("PUT", `/v1/runs/${request.agent}`, request),
    merge: (request: MergeRequest) => call("POST", "/v1/merges", request),
    stop: (agent: string, fence: number) => call("DELETE", `/v1/runs/${agent}?town=demo&fence=${fence}`),
    runs: async () => ((await call("GET", "/v1/runs")).body as unknown as { runs: HostRun[] }).runs,
  };
}

/** A host in this process. */
export async function makeHost(options: Partial<Parameters<typeof startHost>[0]> = {}) {
  const state = options.state ?? temporaryFolder();
  // In a namespace of its own an agent would not know the process ids by which most tests look for it.
  const host: Host = await startHost({ token, state, isolation: "group", log: () => undefined, ...options });
  let drained: Promise<void> | null = null;
  const drain = () => (drained ??= host.drain());
  onTestFinished(drain);
  return { ...clientOf(host.port), state, port: host.port, drain };
}

/** A host as a process of its own, which may be killed. */
export async function spawnHost(state: string, flags: string[] = []) {
  const child: ChildProcess = spawn(
    process.execPath,
    ["host/main.ts", "--port", "0", "--state", state, "--isolation", "group", ...flags],
    {
      cwd: join(import.meta.dirname, "../.."),
      env: { ...process.env, TOWNKEEPER_HOST_TOKEN: token },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let output = "";
  const messages: unknown[] = [];
  child.on("message", (message) => messages.push(message));
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await exited;
  });
  const port = Number(await until(() => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]));
  return { ...clientOf(port), child, exited, port, messages, output: () => output };
}

/** An agent written as a few lines of Node, so that no shell is needed. */
export function agent(script: string): string[] {
  return [process.execPath, "-e", `const fs = require("node:fs");\n${script}`];
}

/** An agent that leaves one file. */
const writesFile = agent(`fs.writeFileSync(process.env.TOWN_BEAD + ".txt", "done\\n"); console.log("worked");`);

/** An agent that notes its start and end in a journal, and sleeps until somebody ends it. */
export function sleeper(journal: string, more = ""): string[] {
  return agent(`
    const note = (what) => fs.appendFileSync(${JSON.stringify(journal)}, what + " " + process.pid + "\\n");
    note("begin");
    process.on("SIGTERM", () => { ${more} note("end"); process.exit(143); });
    setInterval(() => {}, 1000);`);
}

/** The lines of a journal. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

export function startOf(town: Town, repoUrl: string, change: Partial<StartRequest> = {}): StartRequest {
  const fence = change.fence ?? 1;
  return {
    protocol: 1,
    town: "demo",
    agent: "amy",
    bead: "fix-it",
    fence,
    rig: { id: "shop", repoUrl, defaultBranch: "main" },
    command: writesFile,
    env: {},
    prompt: "Fix it.",
    title: "Fix it",
    maxRunMs: 20_000,
    reporting: { url: town.url, token: `run-token-${fence}`, heartbeatMs: 100, leaseMs: 10_000 },
    ...change,
  };
}

const WITNESS = 900;
let witnesses = 0;

/**
 * Waits until this host has had time for all that it might still want to do: for a whole run, from its start to its last word.
 * Nothing of it is left in the town's reports.
 */
export async function haveWitness(town: Town, host: Pick<ReturnType<typeof clientOf>, "start">): Promise<void> {
  const fence = WITNESS + ++witnesses;
  const request = startOf(town, makeRepository().url, { agent: "witness", bead: `witness-${fence}`, fence });
  await host.start({ ...request, rig: { ...request.rig, id: "witness" } });
  await town.last(fence);
  town.reports = town.reports.filter((report) => report.fence !== fence);
}

export function mergeOf(town: Town, repoUrl: string, change: Partial<MergeRequest> & { head: string }): MergeRequest {
  const fence = change.fence ?? 9;
  return {
    protocol: 1,
    town: "demo",
    bead: "fix-it",
    fence,
    rig: { id: "shop", repoUrl, defaultBranch: "main" },
    branch: "town/fix-it/1",
    gate: null,
    maxGateMs: 10_000,
    reporting: { url: town.url, token: `run-token-${fence}`, heartbeatMs: 100, leaseMs: 10_000 },
    ...change,
  };
}
