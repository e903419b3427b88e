import { messageOf } from "./fault.ts";

/** What must be undone when the program ends, however it ends. Runs once, last added first; one failure stops no other. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | null = null;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`townkeeper: while ending: ${messageOf(error)}\n`);
      }
    }
  }
}
