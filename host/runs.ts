import { PROTOCOL } from "../src/protocol/common.ts";
import type { HostRun, MessageRequest, StartRequest } from "../src/protocol/runs.ts";
import { programMarks } from "./agent-env.ts";
import { NotAFile } from "./agent-files.ts";
import { type Answer, gone, known, refused, taken } from "./answers.ts";
import { settledWithin } from "./clock.ts";
import type { Context } from "./context.ts";
import type { Drill } from "./drill.ts";
import { commandMissing } from "./exec-driver.ts";
import { diskRetryMs, seqBlock, stopWaitMs } from "./limits.ts";
import { asHostRun, type RunRecord } from "./records.ts";
import { Run } from "./run.ts";

type Policy = {
  drill: Drill;
  /** Removes what can be spared. */
  tidy: () => void;
};

/** Starts, stops and lists runs. A start is judged and claimed in one go, with no await in between. */
export class Runs {
  readonly #context: Context;
  readonly #policy: Policy;
  draining = false;

  constructor(context: Context, policy: Policy) {
    this.#context = context;
    this.#policy = policy;
  }

  start(request: StartRequest): Answer {
    const { bootId, fences, live } = this.#context;
    const judgement = fences.judgeStart(request);
    if (judgement === "known") return known(bootId);
    if (judgement === "fenced") return fenced(bootId, request.fence);
    const older = live.olderThan(request);
    const refusal = this.#refusal(request, older.length);
    if (refusal) return refusal;
    const adoptable = older.find((worker): worker is Run => worker instanceof Run && worker.wouldServe(request));
    const record = adoptable ? adoptable.recordFor(request) : this.#newRecord(request);
    const claimFailure = this.#claim(request, record);
    if (claimFailure) return claimFailure;
    const replaced = older.filter((worker) => worker !== adoptable);
    for (const worker of replaced) worker.end("superseded");
    if (adoptable) adoptable.adopt(request, record);
    else this.#begin(request, record, replaced);
    return taken(bootId);
  }

  /** Ends the agent's run if its fence is this one or an older one, and sees to it that this fence never starts later. */
  async stop(town: string, agent: string, fence: number): Promise<Answer> {
    const { bootId } = this.#context;
    const forgetful = this.#remember(town, agent, fence);
    if (!(await settledWithin(this.#silence(town, agent, fence), stopWaitMs))) {
      return refused(bootId, "stopping", "The run is being stopped but has not ended yet. Ask again.", 1_000);
    }
    // Its bead may be over as well.
    this.#policy.tidy();
    return forgetful ?? known(bootId);
  }

  /** Puts a word into the inbox of the agent's run of just this fence. */
  async tell(agent: string, { town, fence, ...message }: MessageRequest): Promise<Answer> {
    const { bootId, fences, live } = this.#context;
    if (fence < fences.highest("agents", town, agent) || fence <= fences.highest("stops", town, agent))
      return fenced(bootId, fence);
    const run = live.all().find((worker) => worker.town === town && worker.agent === agent && worker.fence === fence);
    if (!(run instanceof Run)) return gone(bootId, `No run of fence ${fence} lives here.`);
    try {
      await run.tell(message);
      return known(bootId);
    } catch (error) {
      if (!(error instanceof NotAFile)) return unwritable(bootId, error);
      this.#context.log(error.message, { level: "warn", town, agent, fence });
      return refused(bootId, "inbox_replaced", `The agent can be told nothing: ${error.message}`);
    }
  }

  /** What can't be written down does not hold for ever, so then the stop is not accepted; but what runs ends anyway. */
  #remember(town: string, agent: string, fence: number): Answer | null {
    try {
      this.#context.fences.raise("stops", town, agent, fence);
      return null;
    } catch (error) {
      return unwritable(this.#context.bootId, error);
    }
  }

  /** Ends what runs, then takes back what was not delivered yet: a run that was stopped has no more to say. */
  async #silence(town: string, agent: string, fence: number): Promise<void> {
    const { live, outbox } = this.#context;
    const met = live.all().filter((run) => run.town === town && run.agent === agent && run.fence <= fence);
    for (const run of met) run.end("stopped");
    await Promise.all(met.map((run) => run.gone));
    await outbox.withdraw(({ town: where, report }) => {
      return where === town && report.agent === agent && report.fence <= fence;
    });
  }

  /** What lives here, and what lately ended. */
  list(): HostRun[] {
    return this.#context.runBook.all().map(asHostRun);
  }

  /** How many run now. */
  get count(): number {
    return this.#context.places.taken;
  }

  refuseFromNowOn(): void {
    this.draining = true;
  }

  /** Why a new start can't be taken. Judged before the fence is claimed, so that a later try is an ordinary one. */
  #refusal(request: StartRequest, replaces: number): Answer | null {
    const { bootId } = this.#context;
    if (request.protocol !== PROTOCOL) return refused(bootId, "protocol", `This host speaks protocol ${PROTOCOL}.`);
    if (this.draining) return refused(bootId, "draining", "This host is shutting down.", 5_000);
    const drill = this.#policy.drill.judge(request.town, request.fence);
    if (drill === "refuse") return refused(bootId, "drill", "Refused on purpose: the host runs with --drill.");
    if (drill === "reject") return { status: 500, body: null };
    const missing = commandMissing(request.command[0] ?? "", request.env.PATH ?? process.env.PATH);
    if (missing) return refused(bootId, "command_missing", missing);
    const shortage = this.#context.disk.shortage;
    if (shortage) {
      this.#policy.tidy();
      return refused(bootId, "low_disk", shortage, diskRetryMs);
    }
    const { places } = this.#context;
    if (places.taken - replaces < places.most) return null;
    const message = `All ${places.most} places of this host are taken. Raise --max-runs, or wait.`;
    return refused(bootId, "at_capacity", message, 15_000);
  }

  /** The record first: should the host die right after it, the next boot finds the fence in there. */
  #claim(request: StartRequest, record: RunRecord): Answer | null {
    const { bootId, fences, runBook } = this.#context;
    try {
      runBook.save(record);
      fences.raise("beads", request.town, request.bead, request.fence);
      fences.raise("agents", request.town, request.agent, request.fence);
      return null;
    } catch (error) {
      runBook.drop(record);
      return unwritable(bootId, error);
    }
  }

  #begin(request: StartRequest, record: RunRecord, predecessors: ReturnType<Context["live"]["all"]>): void {
    const run = new Run(this.#context, request, record);
    this.#context.live.add(run);
    run.begin(predecessors);
  }

  #newRecord(request: StartRequest): RunRecord {
    const { town, agent, bead, fence, rig, reporting } = request;
    const worktree = this.#context.workshops.folder({ kind: "work", town, rig, bead, fence });
    return {
      ...{ town, agent, bead, fence, rig, reporting, worktree },
      state: "preparing",
      marks: programMarks({ bead, fence, worktree }),
      acceptedAtMs: Date.now(),
      seqReserved: seqBlock,
      outcome: null,
      outcomeAtMs: null,
      settled: false,
      pid: null,
      startMark: null,
      spawnedAtMs: null,
      exitedAtMs: null,
    };
  }
}

export function fenced(bootId: string, fence: number): Answer {
  return refused(bootId, "fenced", `Fence ${fence} is past: a newer one was seen here, or this one was stopped.`);
}

export function unwritable(bootId: string, error: unknown): Answer {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  return refused(bootId, "state_unwritable", `The host cannot write its state directory (${why}). Is the disk full?`);
}
