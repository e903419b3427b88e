import { gitConfigText } from "./agent-env.ts";
import { createFile } from "./agent-files.ts";
import { attemptFiles, type Context } from "./context.ts";
import type { Program } from "./exec-driver.ts";
import { type GateFailure, runGate } from "./gate.ts";
import { confine, release } from "./isolation.ts";
import type { LandingSteps } from "./landing-steps.ts";
import type { LeaseGuard } from "./lease-guard.ts";
import { killNow } from "./process-group.ts";
import type { MergeRecord } from "./records.ts";
import type { Workshop } from "./workshops.ts";

type Watch = {
  /** Asked before each gate whether the landing may still act. */
  leaseGuard: () => LeaseGuard;
  note: (change: Partial<MergeRecord>) => void;
  steps: LandingSteps;
};

/** The gate of one landing, as often as it is run. */
export class LandingGate {
  readonly #context: Context;
  readonly #record: MergeRecord;
  readonly #watch: Watch;
  #program: Program | null = null;
  /** Whose output is told. What the gate says of the default branch alone is no news of the bead. */
  #told: Program | null = null;

  constructor(context: Context, record: MergeRecord, watch: Watch) {
    this.#context = context;
    this.#record = record;
    this.#watch = watch;
  }

  get tail(): string {
    return this.#program?.tail ?? "";
  }

  watched() {
    return {
      activeAtMs: this.#program?.activeAtMs ?? null,
      takeNews: (last?: boolean) => this.#told?.takeNews(last) ?? null,
      takeStep: () => this.#watch.steps.take(),
    };
  }

  killNow(): void {
    if (this.#program) killNow(this.#program.tree);
  }

  passedOn(commit: string): void {
    this.#context.tipGates.keep(this.#verdictOn(commit), null, Date.now());
  }

  /** What it says of the default branch alone: once for each tip, as long as nothing can have been mended. */
  async judgeTip(
    { place, heads }: Workshop,
    tip: string,
    gate: string[],
    signal: AbortSignal,
  ): Promise<GateFailure | null> {
    const { tipGates, workshops } = this.#context;
    const known = tipGates.verdict(this.#verdictOn(tip), Date.now());
    if (known !== undefined) return known;
    const { defaultBranch } = this.#record.request.rig;
    this.#watch.steps.at(`its gate failed; whether it passes on ${defaultBranch} alone is found out`);
    const workshop = await workshops.open(place, { commit: tip, base: tip }, heads, signal);
    const failure = await this.run(workshop, tip, gate, signal, "untold");
    tipGates.keep(this.#verdictOn(tip), failure, Date.now());
    return failure;
  }

  #verdictOn(commit: string): string {
    const { town, rig, gate, maxGateMs } = this.#record.request;
    return JSON.stringify([town, rig.id, rig.repoUrl, commit, gate, maxGateMs]);
  }

  /** The gate gets a repository of its own around the files: the host pushes what it made itself, and nothing of the gate's. */
  async run(
    workshop: Workshop,
    commit: string,
    gate: string[],
    signal: AbortSignal,
    output: "told" | "untold" = "told",
  ): Promise<GateFailure | null> {
    const { town, rig, bead, fence, branch, maxGateMs } = this.#record.request;
    const { note, leaseGuard } = this.#watch;
    await leaseGuard().inTime();
    const borrows = await this.#context.workshops.handOver(workshop, { commit, branch: null }, signal);
    const worktree = workshop.host.workTree;
    const { gitConfig, agents, gate: logPath } = attemptFiles(this.#context, this.#record.request);
    await createFile(gitConfig, gitConfigText());
    const confinement = await confine(this.#context, [worktree, agents], borrows, signal);
    const gateRun = runGate({
      command: gate,
      place: { town, rig: rig.id, bead, fence, branch, worktree, agent: null, promptFile: null, gitConfig },
      marks: this.#record.marks,
      confinement,
      passEnv: this.#context.passEnv,
      maxMs: maxGateMs,
      logPath,
      signal,
      onStart: (program) => {
        this.#program = program;
        if (output === "told") this.#told = program;
        note({ pid: program.tree.pgid, startMark: program.startMark });
      },
    });
    const failure = await gateRun.finally(() => release(this.#context, confinement, [worktree, agents]));
    note({ pid: null, startMark: null });
    return failure;
  }
}
