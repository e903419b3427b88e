import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "./fault.ts";
import { repoRoot, shown } from "./paths.ts";

type Program<Ready> = {
  /** What people call it: "the agent host". */
  name: string;
  /** Where all that it prints can be read. */
  log: string;
  readyWithinMs: number;
  /** How long it may take to leave once it was asked to, by SIGTERM. */
  stopWithinMs: number;
  /** Starts it; it must leave by itself when this process dies. `onReady` is told what it said of itself. */
  launch: (args: string[], onReady: (said: Ready) => void) => ChildProcess;
};

/** A program of ours as a child process, which may be started again after its death. */
export class ChildProgram<Ready> {
  #child: ChildProcess | null = null;
  #stopping = false;
  /** Why it was ended by us. */
  #killedFor: string | null = null;
  readonly #program: Program<Ready>;
  readonly #onDeath: (what: string) => void;

  /** @param onDeath hears of an end that nobody asked for, once it was ready */
  constructor(program: Program<Ready>, onDeath: (what: string) => void) {
    this.#program = program;
    this.#onDeath = onDeath;
  }

  async start(args: string[] = []): Promise<Ready> {
    const { name } = this.#program;
    this.#killedFor = null;
    const { child, ready: untilReady } = this.#launch(args);
    const ready = await untilReady;
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
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#program.stopWithinMs);
    await gone;
    clearTimeout(timer);
  }

  #launch(args: string[]): { child: ChildProcess; ready: Promise<Ready> } {
    const { name, log, readyWithinMs, launch } = this.#program;
    const { promise: ready, resolve, reject } = Promise.withResolvers<Ready>();
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Fault(`${name} ${why}; see ${shown(log)}`, 1));
    };
    const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs / 1_000} s`), readyWithinMs);
    const onExit = (code: number | null, signal: string | null) =>
      fail(`could not start (${signal ?? `code ${code}`})`);
    const child = launch(args, (said) => {
      clearTimeout(timer);
      child.off("exit", onExit);
      resolve(said);
    });
    this.#child = child;
    child.once("exit", onExit);
    child.once("error", ({ message }) => fail(`could not start (${message})`));
    return { child, ready };
  }
}

/**
 * A module of ours as a process of its own. It leaves when this process dies, because the channel between them breaks.
 *
 * @param entry from the repository's root
 * @param log gets all that it prints
 * @param input what it reads from its standard input: a secret, since others may read a command's environment
 */
export function forkProgram(entry: string, args: string[], log: string, input: string): ChildProcess {
  const output = openSync(log, "a", 0o600);
  // Detached: Ctrl-C in the terminal is for us, and our programs hear of it in their turn.
  const child = fork(join(repoRoot, entry), args, {
    env: withoutOurSecrets(process.env),
    stdio: ["pipe", output, output, "ipc"],
    detached: true,
  });
  closeSync(output);
  child.stdin?.on("error", () => undefined); // it died before it had read it, and that is told elsewhere
  child.stdin?.end(input);
  return child;
}

/** What a person gave this program in its environment is no business of those below it, and of no agent. */
export function withoutOurSecrets({
  TOWNKEEPER_TOKEN: _,
  TOWNKEEPER_HOST_TOKEN: __,
  ...env
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
