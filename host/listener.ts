import { presets, type Program as Spec } from "../src/agents/index.ts";
import type { Preset } from "../src/agents/preset.ts";
import { nothingSaid, type Said, type Step, type Trouble, type Usage } from "../src/agents/said.ts";
import type { Signals } from "../src/agents/signals.ts";
import { isKnown, troubleOf } from "../src/agents/trouble.ts";
import type { StepReport } from "../src/protocol/progress.ts";
import { type Exit, failureOfExit } from "./exit-meaning.ts";
import { exitGraceMs, ownRetryMs, planEntries, stepChars } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { redactStart, settledEnd } from "./redact.ts";

/** The tools say in plain words, if anything, why they could not even begin: in their last lines, with or without where in them. */
const plainKept = 40;
const plainChars = 1_000;
const stackFrame = /^\s*(?:at\s|[\]})>│|]|\d+ \||node:internal)/;
/** How a tool's own error begins; what else it prints may hold any words. */
const ownError =
  /^\W*(?:\w*error\b|fatal|panic|failed|can(?:'|no)t|unable|please|not |invalid|missing|unknown|unauthorized|authentication|exceeded|quota|reached|unexpected|stream|your? |you(?:'|’)|gemini cli|--)/i;

const unknownCodes: ReadonlySet<string> = new Set(["agent_error", "exit_code", "no_answer"]);

/** Understands what an agent says, line by line: its usage, its steps, and why it gets no further. */
export class Listener {
  /** It can get no further in good time, has used up its budget, or has said its last: no need to wait for its end. */
  readonly enough: Promise<void>;
  readonly #spec: Spec;
  readonly #preset: Preset;
  readonly #secrets: readonly string[];
  readonly #stop: () => void;
  #said: Said = nothingSaid;
  #told: Step = {};
  #stopped = false;
  /** Until when it may wait for its provider, or exit by itself. */
  #patience: { timer: NodeJS.Timeout; why: "waits" | "over" } | null = null;
  #plain: string[] = [];
  readonly #keep: (session: string) => void;

  /** @param keep is told the name of its session, once it is known */
  constructor(spec: Spec, secrets: readonly string[], keep: (session: string) => void = () => undefined) {
    this.#keep = keep;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.enough = promise;
    this.#stop = resolve;
    this.#spec = spec;
    this.#preset = presets[spec.preset];
    this.#secrets = secrets;
  }

  /** @returns what of the line is for people */
  hear(line: string): string {
    const { said, text } = this.#preset.read(this.#said, line, Date.now());
    if (said === this.#said && text.trim() !== "" && !stackFrame.test(text))
      this.#plain = [...this.#plain, text.slice(0, plainChars)].slice(-plainKept);
    this.learn(said);
    return text;
  }

  /** What is known by other ways than its output. */
  learn(news: Partial<Said>): void {
    const { session, over: wasOver } = this.#said;
    // What it says of a wait after its last word was before that: some hold back what they print until they exit.
    if (wasOver && news.trouble?.retrying) return;
    this.#said = { ...this.#said, ...news, step: { ...this.#said.step, ...news.step } };
    if (this.#said.session !== undefined && this.#said.session !== session) this.#keep(this.#said.session);
    const over = this.#overBudget();
    if (over && !this.#stopped) this.#said = { ...this.#said, trouble: over };
    if (over) this.#halt();
    else this.#await();
  }

  /** It may wait for its provider, or exit by itself, but not for long. */
  #await(): void {
    const { trouble, over = false } = this.#said;
    const isWaiting = trouble?.retrying === true && trouble.kind !== "agent_failed";
    if (isWaiting && (trouble.untilMs ?? 0) > Date.now() + ownRetryMs) {
      this.#halt();
      return;
    }
    const why = isWaiting ? "waits" : over ? "over" : null;
    if (why === (this.#patience?.why ?? null)) return;
    this.close();
    if (why === null) return;
    const timer = setTimeout(
      why === "waits" ? () => this.#halt() : this.#stop,
      why === "waits" ? ownRetryMs : exitGraceMs,
    );
    timer.unref();
    this.#patience = { timer, why };
  }

  #halt(): void {
    this.close();
    this.#stopped = true;
    this.#stop();
  }

  /** Nothing more is to come. */
  close(): void {
    if (this.#patience) clearTimeout(this.#patience.timer);
    this.#patience = null;
  }

  get usage(): Usage | null {
    return this.#said.usage;
  }

  /** Whether it got as far as doing something. */
  get began(): boolean {
    return this.#said.usage !== null || Object.keys(this.#said.step).length > 0;
  }

  get signals(): Signals {
    return this.#preset.signals;
  }

  get trouble(): Trouble | null {
    return this.#said.trouble;
  }

  /** What it does that was not reported yet, without secrets; or null. */
  takeStep(): StepReport | null {
    const { plan, tool, message = "", growing = false } = this.#said.step;
    const told = this.#told;
    this.#told = this.#said.step;
    const step: StepReport = {};
    if (plan && plan !== told.plan)
      step.plan = plan
        .slice(0, planEntries)
        .map(({ text, status }) => ({ text: this.#fit(text), status: this.#fit(status) }));
    if (tool && tool !== told.tool) step.tool = { title: this.#fit(tool.title), status: this.#fit(tool.status) };
    const settled = growing ? message.slice(0, settledEnd(message, this.#secrets)) : message;
    const isNews = message !== told.message || growing !== (told.growing ?? false);
    if (isNews && settled.trim() !== "") step.message = this.#fit(settled);
    return Object.keys(step).length === 0 ? null : step;
  }

  /** Why a program that ended like this has failed, or null. Null of an exit: it was ended since it said enough. */
  failureOf(exit: Exit | null, tail: string): StepFailure | null {
    const { trouble } = this.#said;
    // What it leaves behind decides, not what it thinks of itself.
    const goneOn = exit?.code === 0 && trouble?.kind === "agent_failed" && !trouble.final && !this.#stopped;
    if (trouble && !goneOn && (this.#stopped || !trouble.retrying || exit?.code !== 0)) return this.fail(trouble);
    if (exit === null || exit.code === 0) return null;
    const own = this.#preset.exits?.[exit.code ?? -1];
    if (own) return this.fail(own);
    const { signals } = this.#preset;
    const said =
      this.#spec.preset === "exec"
        ? undefined
        : this.#plain.findLast((line) => ownError.test(line) && isKnown(line, signals));
    return said === undefined
      ? failureOfExit(exit, tail, Date.now())
      : this.fail(troubleOf({ words: said }, Date.now(), signals));
  }

  /** An error of no known kind, before the agent did anything: every bead might meet it, and the town counts them. */
  unlessUnknown(failure: StepFailure | null): StepFailure | null {
    const isUnknown = failure?.failure === "agent_failed" && unknownCodes.has(failure.code);
    if (!isUnknown || this.#spec.preset === "exec" || this.#said.step.tool !== undefined) return failure;
    return new StepFailure("agent_failed", "unknown_error", failure.message);
  }

  fail({ kind, code, message, untilMs }: Trouble): StepFailure {
    const waitMs = untilMs === undefined ? undefined : Math.max(0, Math.round(untilMs - Date.now()));
    return new StepFailure(
      kind,
      code,
      redactStart(message, 2_000, this.#secrets),
      kind === "provider_limited" ? waitMs : undefined,
    );
  }

  #overBudget(): Trouble | null {
    const { maxCostUsd, maxTokens } = this.#spec;
    const { usage } = this.#said;
    const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    const said = (used: string, limit: string): Trouble => ({
      kind: "agent_failed",
      code: "over_budget",
      message: `The agent used ${used} of the ${limit} that it may, and was stopped.`,
    });
    if (maxTokens !== null && tokens > maxTokens) return said(`${tokens} tokens`, String(maxTokens));
    const cost = usage?.costUsd ?? 0;
    return maxCostUsd !== null && cost > maxCostUsd ? said(`$${cost.toFixed(4)}`, `$${maxCostUsd}`) : null;
  }

  #fit(text: string): string {
    return redactStart(text, stepChars, this.#secrets);
  }
}
