/** Child processes of the benchmark, and what Linux tells about them. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";

const STOP_WITHIN_MS = 8_000;
const TICK_NS = 1e7;

type Server = { command: string[]; log: string; input?: string; user?: { uid: number; gid: number } };

/** A server of a peer. It ends with this process, also where that dies by `kill -9`, if the system can do that. */
export function startServer({ command, log, input, user }: Server): ChildProcess {
  const output = openSync(log, "a", 0o600);
  const leash = process.platform === "linux" ? ["setpriv", "--pdeathsig", "INT"] : [];
  const [file = "", ...args] = [...leash, ...command];
  // Detached: Ctrl-C in the terminal is for us, and we end them in their turn.
  const child = spawn(file, args, { stdio: ["pipe", output, output], detached: true, ...user });
  child.on("error", () => undefined); // it never gets ready then, and that is told
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input ?? "");
  return child;
}

/** Resolves when it is gone. */
export async function endProcess(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

/** The process itself first. Linux only; elsewhere it alone. */
export function withDescendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of process.platform === "linux" ? readdirSync("/proc") : []) {
    const fields = read(`/proc/${name}/stat`)?.split(") ").at(-1)?.split(" ");
    if (!fields || !/^\d+$/.test(name)) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [pid];
  for (const each of all) all.push(...(children.get(each) ?? []));
  return all;
}

export const commandLineOf = (pid: number): string => (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ");

/** Processor seconds that these and their descendants have used, by program. Null where nobody can say. */
export function cpuSeconds(pids: readonly number[]): Record<string, number> | null {
  if (process.platform !== "linux") return null;
  const used: Record<string, number> = {};
  for (const pid of pids.flatMap(withDescendants)) {
    const program = programOf(pid);
    used[program] = (used[program] ?? 0) + nanosecondsOf(pid) / 1e9;
  }
  return used;
}

function programOf(pid: number): string {
  const line = commandLineOf(pid);
  for (const name of ["workerd", "postgres", "redis-server", "esbuild"])
    if (line.split(" ")[0]?.includes(name)) return name;
  return "node";
}

/** Its own, finer than the hundredths in `stat`, which an idle process hardly fills; and that of children that are gone. */
function nanosecondsOf(pid: number): number {
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    // It ended just now.
  }
  const own = tasks.map((task) => Number(read(`/proc/${pid}/task/${task}/schedstat`)?.split(" ")[0] ?? 0));
  const stat = read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ") ?? [];
  const ofTheGone = (Number(stat[13] ?? 0) + Number(stat[14] ?? 0)) * TICK_NS;
  return own.reduce((sum, each) => sum + each, ofTheGone);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
