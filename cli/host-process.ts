import { setTimeout as pause } from "node:timers/promises";
import { askHost } from "./ask-host.ts";
import { ChildProgram, forkProgram } from "./child-program.ts";
import type { StatePaths } from "./paths.ts";

/** A host may first wait 15 s for a predecessor that is still leaving the same state folder. */
const LISTENING_WITHIN_MS = 25_000;
/** It lets pushes end and sends its last reports. */
const DRAIN_WITHIN_MS = 8_000;

/** A host that runs agents answers within milliseconds; one that is silent for so long hangs, and so does all its work. */
const PATIENCE = { everyMs: 10_000, silentMs: 60_000 };

type Setup = {
  paths: StatePaths;
  token: string;
  drills: readonly string[];
  maxRuns?: number;
  agentUser?: string | null;
  passEnv?: string | null | undefined;
  trailers?: boolean;
  /** How often it is asked for its health, and after how long without an answer it is ended. */
  patience?: { everyMs: number; silentMs: number };
};

/** The agent host as a child process. */
export class HostProcess {
  port = 0;
  readonly #program: ChildProgram<number>;
  readonly #setup: Setup;
  #watch: HealthWatch | null = null;

  /** `onDeath` hears of an end that nobody asked for. */
  constructor(setup: Setup, onDeath: (what: string) => void) {
    this.#setup = setup;
    const program = {
      name: "the agent host",
      log: setup.paths.hostLog,
      readyWithinMs: LISTENING_WITHIN_MS,
      stopWithinMs: DRAIN_WITHIN_MS,
      launch: (args: string[], onReady: (port: number) => void) => {
        const child = forkProgram("host/main.ts", args, setup.paths.hostLog, `${setup.token}\n`);
        return child.on("message", (message) => {
          const port = portIn(message);
          if (port !== null) onReady(port);
        });
      },
    };
    this.#program = new ChildProgram(program, onDeath);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, again on the same port if it ran before. */
  async start(): Promise<void> {
    const { paths, drills, maxRuns, agentUser, passEnv, trailers = true } = this.#setup;
    const flags = (this.port === 0 ? drills : []).flatMap((drill) => ["--drill", drill]);
    if (maxRuns !== undefined) flags.push("--max-runs", String(maxRuns));
    if (agentUser) flags.push("--agent-user", agentUser);
    if (passEnv) flags.push("--pass-env", passEnv);
    if (!trailers) flags.push("--no-trailers");
    const args = ["--token-file", "-", "--port", String(this.port), "--state", paths.host, ...flags];
    this.port = await this.#program.start(args);
    const { patience = PATIENCE, token } = this.#setup;
    this.#watch?.end();
    this.#watch = new HealthWatch(`${this.url}/v1/health`, token, patience, (what) => this.#program.kill(what));
  }

  async stop(): Promise<void> {
    this.#watch?.end();
    await this.#program.stop();
  }
}

/** Asks for the host's health until it has been silent for too long, then says so once. */
class HealthWatch {
  readonly #ended = new AbortController();

  constructor(url: string, token: string, patience: typeof PATIENCE, onSilence: (what: string) => void) {
    void this.#watch(url, token, patience).then((isSilent) => {
      if (isSilent) onSilence(`did not answer for ${Math.round(patience.silentMs / 1_000)} s`);
    });
  }

  end(): void {
    this.#ended.abort();
  }

  /** @returns true once it was silent for too long; false when the watch was ended */
  async #watch(url: string, token: string, { everyMs, silentMs }: typeof PATIENCE): Promise<boolean> {
    const { signal } = this.#ended;
    let [answeredAtMs, failures] = [performance.now(), 0];
    // More than one question must go unanswered: a machine that was suspended is no reason.
    while (failures < 3 || performance.now() - answeredAtMs < silentMs) {
      await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return false;
      const isAnswered = await answers(url, token, AbortSignal.any([signal, AbortSignal.timeout(silentMs / 3)]));
      if (isAnswered) [answeredAtMs, failures] = [performance.now(), 0];
      else failures++;
    }
    return !signal.aborted;
  }
}

const answers = (url: string, token: string, signal: AbortSignal): Promise<boolean> =>
  askHost(url, token, signal).then(
    () => true,
    () => false,
  );

function portIn(message: unknown): number | null {
  const { type, port } = message as { type?: string; port?: number };
  return type === "listening" && port ? port : null;
}
