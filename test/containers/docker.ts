/** Docker for the test: the machine's own daemon, or one started here and stopped with us. */
import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./waiting.ts";

const run = promisify(execFile);
const DAEMON_READY_MS = 60_000;
const BUILD_MS = 300_000;

export interface Docker {
  /** Runs `docker …`; what it printed. */
  (...args: string[]): Promise<string>;
  /** Ends the daemon if it is ours. */
  close(): Promise<void>;
}

/** @returns Docker, or a sentence that says what is missing */
export async function openDocker(folder: string): Promise<Docker | string> {
  if (!(await works("docker", ["--version"])))
    return "docker is not installed (Debian: apt-get install docker.io iptables)";
  if (await works("docker", ["info"])) return at(async () => undefined);
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "no Docker daemon answers, and only root on Linux can start one here";
  for (const program of ["dockerd", "iptables"])
    if (!(await works(program, ["--version"]))) return `no Docker daemon answers, and ${program} is not installed`;
  return startDaemon(folder);
}

/**
 * With a state of its own and a fixed bridge: without `--bip` it has no gateway, and workerd finds no container. The socket
 * is the usual one: workerd looks for none elsewhere, whatever wrangler was told.
 */
async function startDaemon(folder: string): Promise<Docker | string> {
  mkdirSync(folder, { recursive: true });
  const socket = "unix:///var/run/docker.sock";
  const log = join(folder, "dockerd.log");
  const output = openSync(log, "w");
  const flags = { "data-root": "data", "exec-root": "exec", pidfile: "dockerd.pid" };
  const paths = Object.entries(flags).flatMap(([flag, name]) => [`--${flag}`, join(folder, name)]);
  const daemon = spawn("dockerd", ["--bip", "172.17.0.1/16", "--host", socket, ...paths], {
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  const close = async () => {
    daemon.kill("SIGTERM");
    await ended;
  };
  const ready = await until(() => works("docker", ["info"]), DAEMON_READY_MS).then(
    () => true,
    () => false,
  );
  if (ready) return at(close);
  if (daemon.exitCode === null) await close();
  return `dockerd does not start here: ${existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").at(-1) : "?"}`;
}

function at(close: () => Promise<void>): Docker {
  const docker = async (...args: string[]) => {
    const where = { env: { ...process.env, DOCKER_BUILDKIT: "0" }, timeout: BUILD_MS };
    return (await run("docker", args, where)).stdout.trim();
  };
  return Object.assign(docker, { close });
}

async function works(program: string, args: string[]): Promise<boolean> {
  return run(program, args, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}
