import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";

/**
 * A small shell that outlives this process and ends a program when we vanish without having done so ourselves. Without
 * it, what a killed host leaves running would go on, unseen by anyone, until the next boot finds it.
 */
export class Guardian {
  /** What the program's environment must have, so that its children are found. */
  readonly mark = { TOWN_LAUNCH: randomUUID() };
  readonly #shell: ChildProcess;

  /**
   * Begins the watch, ahead of the program itself, so that there is no moment without. Its mark is new each time: a
   * landing that is driven again has its old names, and an old guardian must not take it for its own.
   */
  constructor() {
    const mark = `TOWN_LAUNCH=${this.mark.TOWN_LAUNCH}`;
    this.#shell = spawn("/bin/sh", [join(import.meta.dirname, "guardian.sh"), mark], {
      cwd: "/",
      env: { PATH: process.env.PATH },
      // A session of its own: it must survive what ends our process group.
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    // A host that can't start it, or loses it, does without: the next boot ends what was left.
    this.#shell.on("error", () => undefined);
    this.#shell.stdin?.on("error", () => undefined);
    this.#shell.unref();
    (this.#shell.stdin as { unref?: () => void } | null)?.unref?.();
  }

  watch(processGroup: number): void {
    this.#shell.stdin?.write(`${processGroup}\n`);
  }

  /** The program and all its children are gone. */
  release(): void {
    this.#end("over\n");
  }

  /** The program never began. */
  cancel(): void {
    this.#end("\nover\n");
  }

  #end(word: string): void {
    if (this.#shell.stdin?.writable) this.#shell.stdin.end(word);
  }
}
