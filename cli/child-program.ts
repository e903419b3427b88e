import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "./fault.ts";
import { repoRoot, shown } from "./paths.ts";

type Program = {
  /** What people call it: "the agent host". */
  name: string;
  /** Its entry, from the repository's root. */
  entry: string;
  /** Gets all that it prints. */
  log: string;
  readyWithinMs: number;
  stopWithinMs: number;
  /** What it reads from its standard input at the start: a secret, since others may read a command's environment. */
  input?: string;
  /** Asks it to leave. */
  askToStop: (child: ChildProcess) => void;
};

/**
 * A program of ours as a child process, which may be started again after its death. It is ready when it says so over
 * IPC, and leaves by itself when this process dies, because that channel breaks.
 */
export class ChildProgram<Ready> {
  #child: ChildProcess | null = null;
  #stopping = false;
  /** Why it was ended by us. */
  #killedFor: string | null = null;
  readonly #program: Program;
  readonly #readReady: (message: unknown) => Ready | null;
  readonly #onDeath: (what: string) => void;

  /**
   * @param readReady what a message says if it is the one that means "ready", else null
   * @param onDeath hears of an end that nobody asked for, once it was ready
   */
  constructor(program: Program, readReady: (message: unknown) => Ready | null, onDeath: (what: string) => void) {
    this.#program = program;
    this.#readReady = readReady;
    this.#onDeath = onDeath;
  }

  /** @param prepare gets the child at once, long before it is ready */
  async start(args: string[], prepare?: (child: ChildProcess) => void): Promise<Ready> {
    const { name } = this.#program;
    const child = this.#fork(args);
    this.#child = child;
    this.#killedFor = null;
    prepare?.(child);
    const ready = await this.#ready(child);
    child.once("exit", (code, signal) => {
      if (!this.#stopping) this.#onDeath(`${name} ${this.#killedFor ?? `ended (${signal ?? `code ${code}`})`}`);
    });
    return ready;
  }

  /** Ends it at once, as if it had died. @param why follows its name: "did not answer" */
  kill(why: string): void {
    this.#killedFor = why;
    this.#child?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    this.#program.askToStop(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#program.stopWithinMs);
    await gone;
    clearTimeout(timer);
  }

  #fork(args: string[]): ChildProcess {
    const { entry, log, input } = this.#program;
    const output = openSync(log, "a", 0o600);
    // Detached: Ctrl-C in the terminal is for us, and our programs hear of it in their turn.
    const child = fork(join(repoRoot, entry), args, {
      env: withoutOurSecrets(process.env),
      stdio: [input === undefined ? "ignore" : "pipe", output, output, "ipc"],
      detached: true,
    });
    closeSync(output);
    child.stdin?.on("error", () => undefined); // it died before it had read it, and that is told elsewhere
    child.stdin?.end(input);
    return child;
  }

  #ready(child: ChildProcess): Promise<Ready> {
    const { name, log, readyWithinMs } = this.#program;
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        child.kill("SIGKILL");
        reject(new Fault(`${name} ${why}; see ${shown(log)}`, 1));
      };
      const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs / 1_000} s`), readyWithinMs);
      const onExit = (code: number | null, signal: string | null) =>
        fail(`could not start (${signal ?? `code ${code}`})`);
      child.once("exit", onExit);
      child.once("error", ({ message }) => fail(`could not start (${message})`));
      child.on("message", (message) => {
        const ready = this.#readReady(message);
        if (ready === null) return;
        clearTimeout(timer);
        child.off("exit", onExit);
        resolve(ready);
      });
    });
  }
}

/** What a person gave this program in its environment is no business of those below it, and of no agent. */
function withoutOurSecrets({
  TOWNKEEPER_TOKEN: _,
  TOWNKEEPER_HOST_TOKEN: __,
  ...env
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
