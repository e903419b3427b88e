import { ChildProgram } from "./child-program.ts";
import type { StatePaths } from "./paths.ts";
import type { WorkerSetup } from "./worker.ts";

/** Loading wrangler and a cold start of workerd take 2 to 5 s. One that cannot start says nothing. */
const READY_WITHIN_MS = 75_000;
/** wrangler tidies up behind itself. */
const DISPOSE_WITHIN_MS = 6_000;

/**
 * The Worker, with workerd and wrangler, as a child process. In a process of its own because wrangler does not get over
 * workerd's death: it holds every request from then on. There, all of it can die with workerd and begin anew.
 */
export class WorkerProcess {
  readonly #program: ChildProgram<true>;

  /** `onDeath` hears of an end that nobody asked for. */
  constructor({ workerLog }: StatePaths, onDeath: (what: string) => void) {
    const program = {
      name: "the Worker",
      entry: "cli/worker-main.ts",
      log: workerLog,
      readyWithinMs: READY_WITHIN_MS,
      stopWithinMs: DISPOSE_WITHIN_MS,
      askToStop: (child: { send(message: object, done: () => void): unknown }) =>
        void child.send({ type: "stop" }, () => undefined),
    };
    this.#program = new ChildProgram(program, (message) => isReady(message) || null, onDeath);
  }

  /** @param setup may come later: loading wrangler takes its time, and can begin without it */
  async start(setup: Promise<WorkerSetup> | WorkerSetup): Promise<void> {
    await this.#program.start([], (child) => {
      // Over the channel, not in the environment: it holds secrets, and others may read a command's environment.
      void Promise.resolve(setup).then(
        (known) => child.send({ type: "start", setup: known }, () => undefined),
        () => child.kill("SIGKILL"),
      );
    });
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}

function isReady(message: unknown): message is { type: "ready" } {
  return (message as { type?: string }).type === "ready";
}
