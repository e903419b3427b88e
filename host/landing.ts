import type { MergeRequest } from "../src/ports/protocol.ts";
import { gitConfigText, programMarks } from "./agent-env.ts";
import { createFile } from "./agent-files.ts";
import { attemptFiles, type Context } from "./context.ts";
import type { Program } from "./exec-driver.ts";
import { runGate } from "./gate.ts";
import type { Heads } from "./git-folders.ts";
import { confine, release } from "./isolation.ts";
import { deleteBranches, pushLanding, rebase } from "./landing-git.ts";
import { deliverOutcome, lastReport } from "./last-words.ts";
import { maxLandingTries } from "./limits.ts";
import { untilGone, type Worker } from "./live-work.ts";
import { type EndReason, type Outcome, outcomeOf, rejected, StepFailure } from "./outcomes.ts";
import { killNow } from "./process-group.ts";
import type { MergeRecord } from "./records.ts";
import { defaultHeadOf } from "./rigs.ts";
import { SeqCounter } from "./seq-counter.ts";
import { Tenure } from "./tenure.ts";
import type { Workshop } from "./workshops.ts";

/**
 * One live landing. Driven from its record, which may be a former boot's: whatever was done before is found out from
 * the remote, so that doing it again lands once.
 */
export class Landing implements Worker {
  readonly gone: Promise<void>;
  readonly agent = null;
  pushing = false;
  readonly #context: Context;
  readonly #record: MergeRecord;
  readonly #seq: SeqCounter;
  readonly #tenure: Tenure;
  #gate: Program | null = null;
  readonly #markGone: () => void;

  /** @param lastSeq the last report number that a former boot may have used */
  constructor(context: Context, record: MergeRecord, lastSeq: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#markGone = resolve;
    this.#context = context;
    this.#record = record;
    this.#seq = new SeqCounter(lastSeq, record.seqReserved, (upTo) => this.#note({ seqReserved: upTo }));
    const { bead, fence, reporting } = record.request;
    const voice = { agent: null, bead, fence, reporting, seq: this.#seq };
    this.#tenure = new Tenure(context.bootId, voice, () => this.#gate, context.log);
  }

  get town(): string {
    return this.#record.town;
  }
  get bead(): string {
    return this.#record.bead;
  }
  get fence(): number {
    return this.#record.fence;
  }
  get #request(): MergeRequest {
    return this.#record.request;
  }

  begin(predecessors: readonly Worker[]): void {
    this.#say("accepted");
    this.#tenure.begin();
    void this.#drive(predecessors);
  }

  end(reason: EndReason): void {
    this.#tenure.end(reason);
  }

  killNow(): void {
    if (this.#gate) killNow(this.#gate.herd);
  }

  async #drive(predecessors: readonly Worker[]): Promise<void> {
    let outcome: Outcome | null;
    try {
      await untilGone(predecessors);
      const { rigs } = this.#context;
      const { signal } = this.#tenure;
      outcome = await rigs.inLandingOrder(this.town, this.#request.rig, () => this.#land(), signal);
    } catch (error) {
      outcome = outcomeOf(error, this.#gate?.tail ?? "");
    }
    await this.#close(outcome);
  }

  async #land(): Promise<Outcome> {
    for (let attempt = 1; attempt <= maxLandingTries; attempt++) {
      const outcome = await this.#tryToLand();
      if (outcome) return outcome;
      this.#say("the default branch moved meanwhile, starting over");
    }
    const message = `${this.#request.rig.defaultBranch} moved ${maxLandingTries} times while this landing was prepared.`;
    throw new StepFailure("refused", "contended", message, 30_000);
  }

  /** Null: somebody else pushed first. */
  async #tryToLand(): Promise<Outcome | null> {
    const { town, rig, head } = this.#request;
    const { rigs, workshops } = this.#context;
    await this.#tenure.inTime();
    await rigs.fetch(town, rig, this.#tenure.signal);
    const heads = await rigs.heads(town, rig);
    const tip = defaultHeadOf(heads, rig);
    const landedBefore = await this.#landedBefore(tip);
    if (landedBefore) return { kind: "landed", head: landedBefore };
    if (await rigs.contains(town, rig, tip, head)) return { kind: "landed", head: tip };
    const moved = this.#branchMoved(heads);
    if (moved) return moved;
    const place = { kind: "land", town, rig, bead: this.bead, fence: this.fence } as const;
    try {
      const workshop = await workshops.open(place, head, heads, this.#tenure.signal);
      const rebased = await rebase(workshop.host, tip, town, this.#tenure.signal);
      if (typeof rebased !== "string") return rebased;
      if (rebased === tip) return { kind: "landed", head: tip };
      return (await this.#passGate(workshop, rebased)) ?? (await this.#push(workshop, rebased));
    } finally {
      await workshops.close(place);
    }
  }

  /**
   * The commit by which this very work is on the default branch already: pushed by this landing before a crash or an
   * answer lost, or by an earlier landing whose report never arrived.
   */
  async #landedBefore(tip: string): Promise<string | null> {
    const { rigs, mergeBook } = this.#context;
    const { town, bead, rig, head } = this.#request;
    const pushed = mergeBook
      .all()
      .filter((record) => record.town === town && record.bead === bead && record.request.head === head)
      .filter((record) => record.request.rig.id === rig.id)
      .flatMap((record) => record.resultHead ?? []);
    for (const resultHead of pushed) {
      if (await rigs.contains(town, rig, tip, resultHead)) return resultHead;
    }
    return null;
  }

  /** The work is not where it was pushed, be it that the rig lies elsewhere by now: no later try would find it either. */
  #branchMoved(heads: Heads): Outcome | null {
    const { branch, head } = this.#request;
    const found = heads.get(branch);
    if (found === head) return null;
    const message = `${branch} was to be landed at ${head}, but on the remote it is ${found ? `at ${found}` : "gone"}: the work is to be done again.`;
    return rejected("conflict", message, "");
  }

  /** The gate gets a repository of its own around the files: whatever it does there, the host pushes what it made itself. */
  async #passGate(workshop: Workshop, commit: string): Promise<Outcome | null> {
    const { town, rig, bead, fence, branch, gate, maxGateMs } = this.#request;
    if (!gate) return null;
    await this.#tenure.inTime();
    const { workshops } = this.#context;
    const borrows = await workshops.handOver(workshop, { commit, branch: null }, this.#tenure.signal);
    const worktree = workshop.host.workTree;
    const { gitConfig, agents } = attemptFiles(this.#context, this.#request);
    await createFile(gitConfig, gitConfigText());
    const confinement = await confine(this.#context, [worktree, agents], borrows, this.#tenure.signal);
    const gateRun = runGate({
      command: gate,
      place: { town, rig: rig.id, bead, fence, branch, worktree, agent: null, promptFile: null, gitConfig },
      marks: this.#record.marks,
      confinement,
      maxMs: maxGateMs,
      logPath: attemptFiles(this.#context, this.#request).gate,
      signal: this.#tenure.signal,
      onStart: (program) => {
        this.#gate = program;
        this.#note({ pid: program.herd.pgid, startMark: program.startMark });
      },
    });
    const rejection = await gateRun.finally(() => release(this.#context, confinement, [worktree, agents]));
    this.#note({ pid: null, startMark: null });
    return rejection;
  }

  /**
   * Null: refused because the branch moved. A push that went through is told, even if the landing was ended meanwhile:
   * it can't be undone. What is pushed is the commit from before the gate, whatever that did.
   */
  async #push({ host }: Workshop, resultHead: string): Promise<Outcome | null> {
    const { rig } = this.#request;
    this.#note({ state: "pushing", resultHead });
    await this.#tenure.confirm(true);
    this.#tenure.guard();
    this.pushing = true;
    try {
      const pushed = await pushLanding(host, rig, resultHead, this.#tenure.signal);
      return pushed ? { kind: "landed", head: resultHead } : null;
    } finally {
      this.pushing = false;
    }
  }

  async #close(outcome: Outcome | null): Promise<void> {
    const heartbeatsThrough = this.#tenure.close(outcome !== null);
    try {
      const report = outcome ? lastReport({ ...this.#request, agent: null }, outcome, this.#seq.next()) : null;
      this.#note({ state: "ended", outcome: report, outcomeAtMs: Date.now(), settled: report === null, pid: null });
    } catch (error) {
      this.#say(`cannot write its record: ${error}`);
    }
    this.#say(outcome ? outcome.kind : `ended without a report (${this.#tenure.signal.reason})`);
    void sendAndTidy(this.#context, this.#record, heartbeatsThrough);
    this.#markGone();
  }

  #note(change: Partial<MergeRecord>): void {
    Object.assign(this.#record, change);
    this.#context.mergeBook.save(this.#record);
  }

  #say(what: string): void {
    this.#context.log(`landing ${this.town}/${this.bead}, fence ${this.fence}: ${what}`);
  }
}

/** Sends a landing's outcome; once the town has a landed one, removes the bead's branches and worktrees. */
export async function sendAndTidy(context: Context, record: MergeRecord, after?: Promise<unknown>): Promise<void> {
  const taken = await deliverOutcome(context, context.mergeBook, record, record.request.reporting, after);
  if (!taken || record.outcome?.kind !== "landed") return;
  const { town, bead, rig } = record.request;
  const { rigs, workshops } = context;
  const mirror = rigs.mirror(town, rig);
  await rigs
    .heads(town, rig)
    .then((heads) => deleteBranches(mirror, rig, bead, heads))
    .catch(() => undefined);
  for (const fence of workshops.fencesLeft(town, rig, bead)) {
    if (context.live.all().some((worker) => worker.town === town && worker.bead === bead)) return;
    await workshops.close({ kind: "work", town, rig, bead, fence });
  }
}

/** The marks of a landing's gate, known before it runs. */
export function landingMarks(context: Context, { town, rig, bead, fence }: MergeRequest): string[] {
  return programMarks({ bead, fence, worktree: context.workshops.folder({ kind: "land", town, rig, bead, fence }) });
}
