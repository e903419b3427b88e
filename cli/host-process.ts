import { ChildProgram } from "./child-program.ts";
import type { StatePaths } from "./paths.ts";

/** A host may first wait 15 s for a predecessor that is still leaving the same state folder. */
const LISTENING_WITHIN_MS = 25_000;
/** It lets pushes end and sends its last reports. */
const DRAIN_WITHIN_MS = 8_000;

type Setup = { paths: StatePaths; token: string; drills: readonly string[]; maxRuns?: number; trailers?: boolean };

/** The agent host as a child process. */
export class HostProcess {
  port = 0;
  readonly #program: ChildProgram<number>;
  readonly #setup: Setup;

  /** `onDeath` hears of an end that nobody asked for. */
  constructor(setup: Setup, onDeath: (what: string) => void) {
    this.#setup = setup;
    const program = {
      name: "the agent host",
      entry: "host/main.ts",
      log: setup.paths.hostLog,
      readyWithinMs: LISTENING_WITHIN_MS,
      stopWithinMs: DRAIN_WITHIN_MS,
      input: `${setup.token}\n`,
      askToStop: (child: { kill(signal: "SIGTERM"): unknown }) => void child.kill("SIGTERM"),
    };
    this.#program = new ChildProgram(program, portIn, onDeath);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the same port if it ran before. */
  async start(): Promise<void> {
    const { paths, drills, maxRuns, trailers = true } = this.#setup;
    const flags = (this.port === 0 ? drills : []).flatMap((drill) => ["--drill", drill]);
    if (maxRuns !== undefined) flags.push("--max-runs", String(maxRuns));
    if (!trailers) flags.push("--no-trailers");
    const args = ["--token-file", "-", "--port", String(this.port), "--state", paths.host, ...flags];
    this.port = await this.#program.start(args);
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}

function portIn(message: unknown): number | null {
  const { type, port } = message as { type?: string; port?: number };
  return type === "listening" && port ? port : null;
}
