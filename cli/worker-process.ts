import { appendFileSync, existsSync } from "node:fs";
import { ChildProgram } from "./child-program.ts";
import { builtPage, checkoutState, type StatePaths } from "./paths.ts";
import { type Bundle, workerBundle } from "./worker-bundle.ts";
import { spawnWorkerd, type WorkerdSetup } from "./workerd.ts";

/** It takes a third of a second; a machine at its limit gets its time. */
const READY_WITHIN_MS = 60_000;
/** What it was doing is in its rows, so nothing is lost if it takes longer. */
const STOP_WITHIN_MS = 2_000;

export type WorkerSetup = Pick<WorkerdSetup, "port" | "bindings">;

/** The product's Worker in workerd, as a child process. */
export class WorkerProcess {
  readonly #paths: StatePaths;
  readonly #say: (line: string) => void;
  readonly #program: ChildProgram<void>;
  #bundle: Promise<Bundle> | null = null;
  #setup: WorkerdSetup | null = null;

  /** `onDeath` hears of an end that nobody asked for. */
  constructor(paths: StatePaths, say: (line: string) => void, onDeath: (what: string) => void) {
    this.#paths = paths;
    this.#say = say;
    const program = {
      name: "the Worker",
      log: paths.workerLog,
      readyWithinMs: READY_WITHIN_MS,
      stopWithinMs: STOP_WITHIN_MS,
      launch: (_: string[], onReady: () => void) =>
        spawnWorkerd(this.#known, onReady, (line) => this.#keep(`${line}\n`)),
    };
    this.#program = new ChildProgram(program, onDeath);
  }

  /**
   * Bundles it, unless that was done before.
   *
   * @throws Fault if that fails
   */
  prepare(): Promise<Bundle> {
    this.#bundle ??= workerBundle(() => this.#say("bundling the Worker, once"));
    return this.#bundle;
  }

  /** Started again after its death, it is the same as before, whatever became of its sources; unless it was cleared away. */
  async start(setup: WorkerSetup): Promise<void> {
    if (!existsSync((await this.prepare()).folder)) this.#bundle = null;
    // `npm start` says where it is, also while there is nothing in it.
    this.#keep("");
    const { folder, objects: storage, workerConfig: config } = this.#paths;
    const named = folder === checkoutState ? {} : { state: folder };
    this.#setup = { ...setup, ...named, storage, config, bundle: await this.prepare(), page: builtPage };
    await this.#program.start();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  get #known(): WorkerdSetup {
    if (!this.#setup) throw new Error("the Worker was started before it was prepared");
    return this.#setup;
  }

  /** A full disk costs lines of the log, never the Worker. */
  #keep(text: string): void {
    try {
      appendFileSync(this.#paths.workerLog, text, { mode: 0o600 });
    } catch {
      // Nowhere to say it.
    }
  }
}
