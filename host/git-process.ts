import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { settledWithin, timerMs } from "./clock.ts";
import { Guardian } from "./guardian.ts";
import { lingerMs, maxOutputChars } from "./limits.ts";
import { terminate } from "./process-group.ts";

type Options = {
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** What it reads on standard input; nothing if left out. */
  stdin?: string | undefined;
  /** Of both streams: `latin1` keeps every byte. */
  encoding?: "utf8" | "latin1" | undefined;
  /** Whether it must end when this process vanishes. */
  guarded: boolean;
};

type Finish = { exitCode: number | null; stdout: string; stderr: string; endedFor: "timeout" | "output" | null };

/**
 * Runs a command in a process group of its own, and returns when nothing of it is left: the caller that ended it may rely on
 * that a push, say, is not still under way in one of its children.
 *
 * @throws Error as `spawn` gives it; the signal's reason when it aborted
 */
export async function runToEnd(file: string, args: readonly string[], options: Options): Promise<Finish> {
  const { cwd, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const guardian = options.guarded ? new Guardian() : null;
  const env = { ...options.env, ...guardian?.mark };
  const child = spawnOr(() => guardian?.cancel(), file, args, { cwd, env, input: options.stdin });
  // A command that does not read all of it closes the pipe.
  child.stdin?.on("error", () => undefined).end(options.stdin, options.encoding ?? "utf8");
  const { exited, closed } = endsOf(child);
  exited.catch(() => guardian?.cancel());
  if (child.pid !== undefined) guardian?.watch(child.pid);
  const finish: Finish = { exitCode: null, stdout: "", stderr: "", endedFor: null };
  let ending: Promise<void> | null = null;
  const end = (why: Finish["endedFor"]) => {
    finish.endedFor ??= why;
    ending ??= terminate({ pgid: child.pid ?? null, marks: [] });
  };
  collect(child, finish, options.encoding, () => end("output"));
  const timer = setTimeout(() => end("timeout"), timerMs(timeoutMs));
  const onAbort = () => end(null);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    finish.exitCode = await exited;
    await ending;
    guardian?.release();
    // An ssh that serves later connections as well keeps the pipes open; do not wait for it.
    await settledWithin(closed, lingerMs);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
  if (ending) signal?.throwIfAborted();
  return finish;
}

/** Of some errors (E2BIG, a NUL character) `spawn` tells by throwing; the others come as an event. */
function spawnOr(
  onThrow: () => void,
  file: string,
  args: readonly string[],
  { input, ...where }: Pick<Options, "cwd" | "env"> & { input: string | undefined },
): Child {
  try {
    const stdin = input === undefined ? "ignore" : "pipe";
    return spawn(file, args, { ...where, detached: true, stdio: [stdin, "pipe", "pipe"] }) as Child;
  } catch (error) {
    onThrow();
    throw error;
  }
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

function endsOf(child: Child): { exited: Promise<number | null>; closed: Promise<unknown> } {
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  return { exited, closed: new Promise((resolve) => child.once("close", resolve)) };
}

function collect(child: Child, into: Finish, encoding: Options["encoding"], onTooMuch: () => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding(encoding ?? "utf8").on("data", (text: string) => {
      into[name] += text;
      if (into[name].length > maxOutputChars) onTooMuch();
    });
  }
}
