import { presets } from "../src/agents/index.ts";
import type { Preset } from "../src/agents/preset.ts";
import type { Usage } from "../src/agents/said.ts";
import type { StepReport } from "../src/protocol/progress.ts";
import type { StartRequest } from "../src/protocol/runs.ts";
import { Conversation } from "./acp.ts";
import { settledWithin } from "./clock.ts";
import { type Launch, launch, type Program } from "./exec-driver.ts";
import type { Exit } from "./exit-meaning.ts";
import { cancelGraceMs } from "./limits.ts";
import { Listener } from "./listener.ts";
import type { StepFailure } from "./outcomes.ts";
import type { ProcessTree } from "./process-group.ts";
import { secretsIn } from "./redact.ts";
import { toolEnv } from "./tool-env.ts";

export type Spec = NonNullable<StartRequest["program"]>;

/** Any command: its exit code says how it went, and what it prints is not parsed. */
const anyCommand: Spec = {
  ...{ preset: "exec", driver: "exec", permissions: "allow" },
  ...{ model: null, maxCostUsd: null, maxTokens: null },
};

/** The session it is to go on with, if any, and what is told of the one it has. */
export interface Memory {
  session: string | null;
  keep: (session: string) => void;
}

/** An agent at work: its processes, and what it says, however it is spoken to. */
export class Agent {
  readonly #program: Program;
  readonly #listener: Listener;
  readonly #conversation: Conversation | null;
  #isOver = false;

  private constructor(program: Program, listener: Listener, conversation: Conversation | null) {
    this.#program = program;
    this.#listener = listener;
    this.#conversation = conversation;
  }

  /** @throws Error as `spawn` gives it */
  static async start(
    options: Omit<Launch, "hear" | "dialogue">,
    spec: Spec = anyCommand,
    { session, keep }: Memory = { session: null, keep: () => undefined },
  ): Promise<Agent> {
    const env = toolEnv(options.env, spec);
    const listener = new Listener(spec, secretsIn(env), keep);
    const isRead = spec.preset !== "exec" || spec.driver === "acp";
    const resume = (presets[spec.preset] as Preset).resume;
    const goesOn = session !== null && spec.driver === "exec" && resume;
    const program = await launch({
      ...options,
      ...(goesOn && { argv: resume(options.argv, session) }),
      env,
      ...(isRead && { hear: (line: string) => listener.hear(line) }),
      dialogue: spec.driver === "acp",
    });
    const { lines } = program;
    const { model, permissions } = spec;
    const { waitsUnseen = false } = presets[spec.preset] as Preset;
    const order = { cwd: options.cwd, prompt: options.stdin ?? "", model, permissions, session, waitsUnseen };
    const conversation = lines && new Conversation(lines, order, listener, (text) => program.tell(text));
    return new Agent(program, listener, conversation);
  }

  get tree(): ProcessTree {
    return this.#program.tree;
  }
  get startMark(): string | null {
    return this.#program.startMark;
  }
  get activeAtMs(): number {
    return this.#program.activeAtMs;
  }
  get tail(): string {
    return this.#program.tail;
  }
  get usage(): Usage | null {
    return this.#listener.usage;
  }

  /** Whether it got as far as doing something. */
  get began(): boolean {
    return this.#listener.began;
  }

  /** It has come to its end: what it printed until then is all. */
  get isOver(): boolean {
    return this.#isOver;
  }

  takeNews(last?: boolean): string | null {
    return this.#program.takeNews(last);
  }

  takeStep(): StepReport | null {
    return this.#listener.takeStep();
  }

  /** Once it has come to its end, by exiting or by saying so. What it started may live on. */
  async over(): Promise<Exit | null> {
    const { exited } = this.#program;
    const said = [this.#listener.enough, ...(this.#conversation ? [this.#conversation.over] : [])];
    const end = await Promise.race([exited, ...said.map((each) => each.then(() => null))]);
    // Its output ends a moment before it does, and its exit code says more.
    const exits = end === null && this.#conversation?.broke && (await settledWithin(exited, cancelGraceMs));
    this.#isOver = true;
    return exits ? exited : end;
  }

  /** Why it has failed, or null. Asked once nothing of it is alive. */
  failureOf(exit: Exit | null): StepFailure | null {
    return this.#listener.unlessUnknown((this.#conversation ?? this.#listener).failureOf(exit, this.tail));
  }

  async terminate(): Promise<void> {
    this.#listener.close();
    await this.#conversation?.close();
    await this.#program.terminate();
  }
}

/** What it used, for its last word. */
export function usedBy(program: Agent | null) {
  return program?.usage ? { usage: program.usage } : {};
}
