import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "./fault.ts";
import { repoRoot, type StatePaths, shown } from "./paths.ts";

/** A host may first wait 15 s for a predecessor that is still leaving the same state folder. */
const LISTENING_WITHIN_MS = 25_000;
/** It lets pushes end and sends its last reports. */
const DRAIN_WITHIN_MS = 8_000;

type Setup = { paths: StatePaths; token: string; drills: readonly string[] };

/** The agent host as a child process. It leaves by itself when this process dies, because its IPC channel breaks. */
export class HostProcess {
  port = 0;
  #child: ChildProcess | null = null;
  #stopping = false;
  readonly #setup: Setup;
  readonly #onDeath: (what: string) => void;

  /** `onDeath` hears of an end that nobody asked for. */
  constructor(setup: Setup, onDeath: (what: string) => void) {
    this.#setup = setup;
    this.#onDeath = onDeath;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the same port if it ran before. */
  async start(): Promise<void> {
    const drills = this.port === 0 ? this.#setup.drills : [];
    const child = this.#fork(drills.flatMap((drill) => ["--drill", drill]));
    this.#child = child;
    const port = await listening(child, this.#setup.paths);
    this.port = port;
    child.once("exit", (code, signal) => {
      if (!this.#stopping) this.#onDeath(`the agent host ended (${signal ?? `code ${code}`})`);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), DRAIN_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  #fork(flags: string[]): ChildProcess {
    const { paths, token } = this.#setup;
    const log = openSync(paths.hostLog, "a", 0o600);
    const args = ["--port", String(this.port), "--state", paths.host, ...flags];
    // Detached: Ctrl-C in the terminal is for us, and the host hears of it in its turn.
    const child = fork(join(repoRoot, "host/main.ts"), args, {
      env: { ...process.env, TOWNKEEPER_HOST_TOKEN: token },
      stdio: ["ignore", log, log, "ipc"],
      detached: true,
    });
    closeSync(log);
    return child;
  }
}

function listening(child: ChildProcess, { hostLog }: StatePaths): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Fault(`the agent host ${why}; see ${shown(hostLog)}`, 1));
    };
    const timer = setTimeout(() => fail(`did not listen within ${LISTENING_WITHIN_MS / 1_000} s`), LISTENING_WITHIN_MS);
    const onExit = (code: number | null) => fail(`could not start (code ${code})`);
    child.once("exit", onExit);
    child.once("error", ({ message }) => fail(`could not start (${message})`));
    child.on("message", (message: { type?: string; port?: number }) => {
      if (message.type !== "listening" || !message.port) return;
      clearTimeout(timer);
      child.off("exit", onExit);
      resolve(message.port);
    });
  });
}
