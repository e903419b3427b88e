import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { Activity } from "./activity.ts";
import { openNew } from "./agent-files.ts";
import { settledWithin } from "./clock.ts";
import type { Exit } from "./exit-meaning.ts";
import { Guardian } from "./guardian.ts";
import { type Confinement, confined, exitThrough, unconfined } from "./isolation.ts";
import { logBytes, lookMs } from "./limits.ts";
import { HeardLines, Lines, Text, tooLong } from "./lines.ts";
import { Printed } from "./printed.ts";
import { type ProcessTree, terminate } from "./process-group.ts";
import { startMark } from "./process-stat.ts";
import { secretsIn } from "./redact.ts";
import type { ShownText } from "./shown-text.ts";

export type Launch = {
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Null closes standard input at once. */
  stdin: string | null;
  logPath: string;
  /** How often to look whether it is at work, about; left out: it is not reported. */
  lookEveryMs?: number;
  /** Makes of a line of output what people should read of it. Left out: all of it, as it comes. */
  hear?: (line: string) => string;
  /** It is spoken to over its standard input and output: neither is for people. */
  dialogue?: boolean;
  /** `NAME=value` pairs of the environment that only this run's processes have. */
  marks: readonly string[];
  /** Left out: in no namespace of its own, as the host's own user. */
  confinement?: Confinement;
};

/** What is made of one stream. */
interface Output {
  add(chunk: Buffer): void;
  end(): void;
}

/** A command that runs in a process group of its own, its output kept in a bounded log and a short tail. */
export class Program {
  readonly tree: ProcessTree;
  readonly startMark: string | null;
  readonly exited: Promise<Exit>;
  /** The two ends of a dialogue: what is said to the program, and what it says. */
  readonly lines: { input: Writable; output: Readable } | null;
  readonly #activity: Activity;
  readonly #printed: Printed;
  readonly #told: ShownText;
  readonly #guardian: Guardian;
  readonly #closed: Promise<unknown>;
  readonly #pipes: readonly (Readable | null)[];

  constructor(child: ChildProcess, launch: Launch, guardian: Guardian, log: FileHandle | null) {
    const pid = child.pid ?? 0;
    this.#guardian = guardian;
    guardian.watch(pid);
    const { isolation, account } = launch.confinement ?? unconfined;
    // Where no namespace holds them, all that runs as an account that no other run has is this run's.
    const uid = isolation === "group" && account?.isExclusive ? { uid: account.uid } : {};
    this.tree = { pgid: pid, marks: launch.marks, ...uid };
    this.startMark = startMark(pid);
    this.exited = new Promise((resolve) =>
      child.once("exit", (code, signal) => resolve(exitThrough(isolation, code, signal))),
    );
    this.#closed = new Promise((resolve) => child.once("close", resolve));
    this.#pipes = [child.stdout, child.stderr];
    this.#printed = new Printed(secretsIn(launch.env));
    this.#told = this.#printed.source();
    this.#activity = new Activity(this.tree, launch.cwd);
    if (launch.lookEveryMs !== undefined) this.#lookEvery(launch.lookEveryMs);
    const output = new PassThrough();
    this.lines = launch.dialogue && child.stdin ? { input: child.stdin, output } : null;
    this.#record(child, launch, output, log);
    // A program that does not read its input closes the pipe: that is its right.
    child.stdin?.on("error", () => undefined);
    if (!this.lines) child.stdin?.end(launch.stdin ?? "");
  }

  /** When it last did something. */
  get activeAtMs(): number {
    return this.#activity.atMs;
  }

  #lookEvery(ms: number): void {
    const timer = setInterval(() => void this.#activity.look(), Math.min(Math.max(ms, lookMs.least), lookMs.most));
    timer.unref();
    void this.exited.then(() => {
      clearInterval(timer);
      this.#activity.happened(); // what follows is the host's work
    });
  }

  /** The end of what it printed, without secrets. */
  get tail(): string {
    return this.#printed.tail;
  }

  /** What it printed since last time, without secrets, as one log report; or null. */
  takeNews(last?: boolean): string | null {
    return this.#printed.takeNews(last);
  }

  /** Something for people to read that it did not print in so many words. */
  tell(text: string): void {
    this.#told.add(text);
  }

  /** Ends it with all its children; also what a program that ended by itself left running. */
  async terminate(): Promise<void> {
    await terminate(this.tree);
    this.#guardian.release();
    // A process that fled group and environment may hold the pipes open: it is not waited for, nor listened to.
    await settledWithin(this.#closed, 1_000);
    for (const pipe of this.#pipes) pipe?.destroy();
  }

  /** What people should read of each line; or all of it, as it comes. */
  #shown(hear: Launch["hear"]): Output {
    const shown = this.#printed.source();
    if (!hear) return new Text(shown);
    return new HeardLines(hear, shown);
  }

  /** Handed on by whole lines, no faster than they are read. */
  #spoken(child: ChildProcess, dialogue: PassThrough): Output {
    const take = (line: string) => {
      if (!dialogue.write(`${line}\n`)) child.stdout?.pause();
    };
    dialogue.on("drain", () => child.stdout?.resume());
    const lines = new Lines(take, (chars) => this.tell(`${tooLong(chars)}\n`));
    return {
      add: (chunk) => lines.add(chunk),
      end: () => {
        lines.end();
        dialogue.end();
      },
    };
  }

  #record(child: ChildProcess, { hear }: Launch, dialogue: PassThrough, file: FileHandle | null): void {
    const log = file?.createWriteStream();
    log?.on("error", () => undefined); // a full disk must not take the run down
    if (!log) this.tell("[the host could not write this run's log on its disk]\n");
    let room = log ? logBytes : 0;
    for (const stream of [child.stdout, child.stderr]) {
      const isDialogue = this.lines !== null && stream === child.stdout;
      const output = isDialogue ? this.#spoken(child, dialogue) : this.#shown(hear);
      stream?.on("error", () => undefined);
      stream?.once("close", () => output.end());
      stream?.on("data", (chunk: Buffer) => {
        this.#activity.happened();
        output.add(chunk);
        if (room <= 0) return;
        log?.write(chunk.subarray(0, room));
        room -= chunk.length;
        if (room <= 0) log?.write("\n[the log ends here: it reached its limit]\n");
      });
    }
    child.once("close", () => log?.end());
  }
}

/**
 * Starts a command, never through a shell.
 *
 * @throws Error as `spawn` gives it: `ENOENT` (no such command), `EACCES`, `E2BIG` (an argument too long), …
 */
export async function launch(options: Launch): Promise<Program> {
  const { cwd, confinement = unconfined } = options;
  const [file = "", ...args] = confined(options.argv, confinement, { cwd, path: options.env.PATH });
  const guardian = new Guardian();
  // Some programs work where this says, not where they are: inherited, it would be the host's own folder.
  const env = { ...options.env, PWD: cwd, ...guardian.mark };
  // Without its log it runs all the same: what it prints is reported, and a full disk is no fault of its own.
  const log = await openNew(options.logPath).catch(() => null);
  try {
    const child = spawn(file, args, { cwd, env, shell: false, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    if (child.pid === undefined) throw await new Promise<Error>((resolve) => child.once("error", resolve));
    child.on("error", () => undefined);
    return new Program(child, options, guardian, log);
  } catch (error) {
    // Of some errors (E2BIG, a NUL character) `spawn` tells by throwing, of others by an event.
    guardian.cancel();
    await log?.close();
    throw error;
  }
}

/** Why a command cannot run here, or null. One relative to the working copy can only be judged there. */
export function commandMissing(file: string, path: string | undefined): string | null {
  if (file.includes("/")) {
    if (!isAbsolute(file) || isExecutable(file)) return null;
    return `${file} is not an executable file on this host. Install it there, or change the agent's command.`;
  }
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  if (folders.some((folder) => isExecutable(join(folder, file)))) return null;
  return `${file} is not on this host's PATH. Install it there, or give the agent's command as an absolute path.`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
