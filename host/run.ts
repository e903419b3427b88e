import { isDeepStrictEqual } from "node:util";
import type { StartRequest } from "../src/protocol/runs.ts";
import { Agent, usedBy } from "./agent.ts";
import { programEnv } from "./agent-env.ts";
import { trailedWork, workIn } from "./attempt-work.ts";
import { timerMs } from "./clock.ts";
import { type Collected, collectWork } from "./collect-work.ts";
import { attemptFiles, type Context } from "./context.ts";
import { deliverOutcome, lastReport } from "./final-report.ts";
import { putInto } from "./inbox.ts";
import { release, unconfined } from "./isolation.ts";
import { LeaseGuard } from "./lease-guard.ts";
import { seqBlock, tailChars } from "./limits.ts";
import { untilGone, type Worker } from "./live-work.ts";
import { aboutOf } from "./log.ts";
import { Mutex } from "./mutex.ts";
import { orNothingToDo } from "./nothing-to-do.ts";
import { type EndReason, endedSilently, inWords, type Outcome, outcomeOf, type StepFailure } from "./outcomes.ts";
import { killNow } from "./process-group.ts";
import type { RunRecord } from "./records.ts";
import { clipEnd } from "./redact.ts";
import { namedFiles, removeRunFiles } from "./run-files.ts";
import { RunPush } from "./run-push.ts";
import { type Setup, setUp } from "./run-setup.ts";
import { savedIn, saveWork } from "./save-work.ts";
import { SeqCounter } from "./seq-counter.ts";
import { goesOn, keepSession, sessionOf } from "./sessions.ts";
import { spawnFailure } from "./spawn-failure.ts";

/** One live run: from its acceptance until its process is gone and its outcome is on disk. */
export class Run implements Worker {
  readonly gone: Promise<void>;
  readonly #context: Context;
  readonly #first: StartRequest;
  #request: StartRequest;
  #record: RunRecord;
  #seq: SeqCounter;
  readonly #leaseGuard: LeaseGuard;
  readonly #push: RunPush;
  #program: Agent | null = null;
  #decided = false;
  /** One word after the other, or the same one could be there twice. */
  readonly #inbox = new Mutex();
  #setup: Setup | null = null;
  /** Its work was taken, or it was found that there is none. */
  #isCollected = false;
  readonly #markGone: () => void;

  /** The record and the fences are on disk already. */
  constructor(context: Context, request: StartRequest, record: RunRecord) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#markGone = resolve;
    this.#context = context;
    this.#first = request;
    this.#request = request;
    this.#record = record;
    this.#seq = this.#countFor(record);
    this.#leaseGuard = new LeaseGuard(context, { ...request, seq: this.#seq }, () => this.#program, context.log);
    this.#push = new RunPush(context, request, this.#leaseGuard);
  }

  get town(): string {
    return this.#record.town;
  }
  get agent(): string {
    return this.#record.agent;
  }
  get bead(): string {
    return this.#record.bead;
  }
  get fence(): number {
    return this.#record.fence;
  }
  get pushing(): boolean {
    return this.#push.isActive;
  }

  /** Begins the heartbeats at once, and the work once the predecessors are gone. */
  begin(predecessors: readonly Worker[]): void {
    this.#say("accepted");
    this.#leaseGuard.begin();
    void this.#drive(predecessors);
  }

  /** Whether a newer start means this very work, and it is still in time to go on under the newer fence. */
  wouldServe(request: StartRequest): boolean {
    if (this.#decided || this.#leaseGuard.signal.aborted) return false;
    if (request.town !== this.town || request.agent !== this.agent || request.bead !== this.bead) return false;
    const spec = ({ command, program, env, prompt, rig }: StartRequest) => ({ command, program, env, prompt, rig });
    return isDeepStrictEqual(spec(request), spec(this.#request));
  }

  /** The record that this run will have under a newer fence. */
  recordFor(request: StartRequest): RunRecord {
    const { fence, reporting } = request;
    return { ...this.#record, fence, reporting, seqReserved: seqBlock, acceptedAtMs: Date.now() };
  }

  /** Goes on under the newer fence, whose record is on disk already. */
  adopt(request: StartRequest, record: RunRecord): void {
    const old = this.#record;
    this.#request = request;
    this.#record = record;
    this.#seq = this.#countFor(record);
    this.#leaseGuard.renew({ ...request, seq: this.#seq });
    this.#say(`adopted, was fence ${old.fence}`);
    this.#context.runBook.save({ ...old, state: "ended", settled: true, pid: null });
  }

  end(reason: EndReason): void {
    this.#leaseGuard.end(reason);
  }

  /** Puts a word into the agent's inbox, once; the agent looks there when it likes. */
  tell(message: { id: string; text: string }): Promise<void> {
    return this.#inbox.run(() => putInto(attemptFiles(this.#context, this.#first).inbox, message));
  }

  killNow(): void {
    if (this.#program) killNow(this.#program.tree);
  }

  async #drive(predecessors: readonly Worker[]): Promise<void> {
    let outcome: Outcome | null;
    try {
      await untilGone(predecessors);
      outcome = await this.#work();
    } catch (error) {
      await this.#program?.terminate();
      outcome = outcomeOf(error, this.#tail());
      const saved = await this.#salvage(outcome !== null);
      if (outcome?.kind === "unchanged") outcome = { ...outcome, ...usedBy(this.#program) };
      if (outcome?.kind === "failed") outcome = { ...outcome, ...usedBy(this.#program), ...savedIn(outcome, saved) };
    }
    this.#decided = true;
    await this.#close(outcome);
  }

  async #work(): Promise<Outcome | null> {
    await this.#leaseGuard.inTime();
    const earlier = await this.#push.earlier(() => this.#finishing("an earlier try did its work: it is being pushed"));
    const notes = ["An earlier try did the work, and could not push it. No agent ran."];
    const { head, base, notes: told } = earlier ? { ...earlier, notes } : await this.#doWork();
    this.#decided = true;
    // Pushed, but called off meanwhile: then it is not reported.
    if (endedSilently(this.#leaseGuard.signal)) return null;
    const outputTail = clipEnd([this.#tail(), ...told.map((note) => `[townkeeper] ${note}\n`)].join(""), tailChars);
    return { kind: "finished", head, base, outputTail, ...usedBy(this.#program) };
  }

  async #doWork(): Promise<Omit<Collected, "heads">> {
    this.#setup = await setUp(this.#context, this.#first, this.#leaseGuard, this.#push);
    await this.#leaseGuard.untilHeard();
    const { workshop } = this.#setup;
    await this.#runAgent();
    this.#finishing("its agent is done");
    this.#isCollected = true;
    const { signal } = this.#leaseGuard;
    const unfinished = workIn(this.#context, this.#first, workshop, { title: this.#request.title, signal });
    const found = await collectWork({ ...unfinished, signal }).catch(async (error: unknown) => {
      throw await orNothingToDo(error, attemptFiles(this.#context, this.#first).result, this.#tail());
    });
    for (const note of found.notes) this.#say(note);
    const head = await trailedWork(this.#context, workshop, found, this.#leaseGuard);
    await this.#push.work(workshop, { head, base: found.base });
    return { ...found, head };
  }

  #finishing(why: string): void {
    this.#say(why);
    this.#note({ state: "finishing", exitedAtMs: Date.now() });
  }

  /**
   * Of an agent that was ended, or has failed: what it had done is kept for the bead's next try. What was looked at already is not
   * looked at again.
   *
   * @param isTold whether the town will hear of it, so that the remote may have it
   */
  async #salvage(isTold: boolean): Promise<Awaited<ReturnType<typeof saveWork>> | null> {
    const { workshop } = this.#setup ?? {};
    if (!workshop || this.#program === null || this.#isCollected) return null;
    const request = { ...this.#request, fence: this.fence };
    const branch = isTold && this.#context.pushesUnfinished ? this.#push.branch() : null;
    return saveWork(this.#context, { request, workshop, branch });
  }

  get #place() {
    const { town, rig, bead, fence } = this.#first;
    return { kind: "work", town, rig, bead, fence } as const;
  }

  /** Where it was to go on with a session that its tool no longer knows, it begins anew: that costs no try. */
  async #runAgent(): Promise<void> {
    const session = sessionOf(this.#context, this.#first);
    const first = await this.#spawn(session);
    const failure = await this.#waitFor(first);
    if (!failure) return;
    if (session === null || first.began || failure.failure !== "agent_failed") throw failure;
    this.#say("it can't go on with its session, and begins anew");
    const other = await this.#waitFor(await this.#spawn(null));
    if (other) throw other;
  }

  async #spawn(session: string | null): Promise<Agent> {
    const { town, agent, bead, fence, rig, command, program, env: given } = this.#first;
    const { worktree, marks } = this.#record;
    const { confinement = unconfined, prompt: task = this.#first.prompt } = this.#setup ?? {};
    const prompt = session === null ? task : goesOn(worktree, task);
    const files = attemptFiles(this.#context, this.#first);
    const fill = (argument: string) =>
      argument === "{prompt}" ? prompt : argument === "{prompt_file}" ? files.prompt : argument;
    const work = { town, agent, bead, fence, rig: rig.id, branch: this.#push.branch(fence), worktree };
    const place = { ...work, ...namedFiles(files) };
    const argv = command.map(fill);
    const { passEnv } = this.#context;
    const env = programEnv(place, { env: given, preset: program?.preset, passEnv, account: confinement.account });
    try {
      const options = { argv, cwd: worktree, env, stdin: prompt, logPath: files.output, marks, confinement };
      const keep = (name: string) => keepSession(this.#context, this.#first, name);
      const { heartbeatMs } = this.#first.reporting;
      this.#program = await Agent.start({ ...options, lookEveryMs: heartbeatMs }, program, { session, keep });
    } catch (error) {
      throw spawnFailure(error, command);
    }
    const { tree, startMark } = this.#program;
    const { start = "", base = "", identity = "" } = this.#setup?.workshop ?? {};
    const began = { pid: tree.pgid, startMark, spawnedAtMs: Date.now(), workshop: { start, base, identity } };
    this.#note({ state: "running", ...began });
    return this.#program;
  }

  /** Until the agent has ended, by itself or because this run must, and nothing it started lives on: why it failed, or null. */
  async #waitFor(program: Agent): Promise<StepFailure | null> {
    const { signal } = this.#leaseGuard;
    const stop = () => void program.terminate();
    const timer = setTimeout(() => this.#leaseGuard.end("run_timeout"), timerMs(this.#first.maxRunMs));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const exit = await program.over();
    clearTimeout(timer);
    await program.terminate();
    await this.#leaseGuard.inTime();
    return program.failureOf(exit);
  }

  async #close(outcome: Outcome | null): Promise<void> {
    const ahead = this.#leaseGuard.close(outcome !== null);
    const { runBook, workshops } = this.#context;
    const record = this.#record;
    try {
      const report = outcome ? lastReport(record, outcome, this.#seq.next()) : null;
      const exitedAtMs = record.exitedAtMs ?? Date.now();
      const ending = { outcome: report, outcomeAtMs: Date.now(), settled: report === null, exitedAtMs };
      this.#note({ ...ending, state: "ended", pid: null });
    } catch (error) {
      this.#say(`cannot write its record: ${error}`);
    }
    this.#say(inWords(outcome, this.#leaseGuard.signal));
    const files = attemptFiles(this.#context, this.#first);
    void removeRunFiles(files);
    release(this.#context, this.#setup?.confinement ?? unconfined, [record.worktree, files.agents]);
    // First of all: what is reported of this host's places is without it.
    this.#markGone();
    void deliverOutcome(this.#context, runBook, record, record.reporting, ahead);
    // What a failed attempt left stays for a person to look at, until the bead's next attempt.
    if (outcome?.kind === "failed") await workshops.closeHost(this.#place);
    else await workshops.close(this.#place);
  }

  #note(change: Partial<RunRecord>): void {
    Object.assign(this.#record, change);
    this.#context.runBook.save(this.#record);
    if (change.state === "running") this.#say(`running, pid ${this.#record.pid}`);
  }

  #tail(): string {
    return this.#program?.tail ?? "";
  }

  #countFor(record: RunRecord): SeqCounter {
    return new SeqCounter(0, record.seqReserved, (upTo) => {
      record.seqReserved = upTo;
      this.#context.runBook.save(record);
    });
  }

  #say(what: string): void {
    this.#context.log(`run ${what}`, aboutOf(this));
  }
}
