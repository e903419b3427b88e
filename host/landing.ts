import { branchOf } from "../src/lib/branch.ts";
import type { MergeRequest } from "../src/protocol/merges.ts";
import type { Context } from "./context.ts";
import { lastReport } from "./final-report.ts";
import { brokenGate } from "./gate.ts";
import type { Heads } from "./git-folders.ts";
import { branchMoved, landedBefore, removedBase } from "./landed-before.ts";
import { LandingGate } from "./landing-gate.ts";
import { pushLanding, rebase, sameOn } from "./landing-git.ts";
import { GroundLost, type PlaceInLine } from "./landing-line.ts";
import { LandingSteps } from "./landing-steps.ts";
import { pastGateNote, removedNote, sendAndTidy } from "./landing-words.ts";
import { LeaseGuard } from "./lease-guard.ts";
import { maxLandingTries, maxTriesInLine } from "./limits.ts";
import { untilGone, type Worker } from "./live-work.ts";
import { aboutOf } from "./log.ts";
import { type EndReason, type Outcome, outcomeOf, rejected, StepFailure } from "./outcomes.ts";
import type { MergeRecord } from "./records.ts";
import { defaultHeadOf } from "./rigs.ts";
import { SeqCounter } from "./seq-counter.ts";
import { carriesTrailers } from "./trailers.ts";
import type { Workshop } from "./workshops.ts";

/**
 * One live landing. Driven from its record, which may be a former boot's: what was done before is found out from
 * the remote, so that doing it again lands once.
 */
export class Landing implements Worker {
  readonly gone: Promise<void>;
  readonly agent = null;
  pushing = false;
  readonly #context: Context;
  readonly #record: MergeRecord;
  readonly #seq: SeqCounter;
  readonly #leaseGuard: LeaseGuard;
  readonly #gate: LandingGate;
  readonly #steps = new LandingSteps((what) => this.#say(what));
  #place: PlaceInLine | null = null;
  readonly #markGone: () => void;

  /** @param lastSeq the last report number that a former boot may have used */
  constructor(context: Context, record: MergeRecord, lastSeq: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#markGone = resolve;
    this.#context = context;
    this.#record = record;
    this.#seq = new SeqCounter(lastSeq, record.seqReserved, (upTo) => this.#note({ seqReserved: upTo }));
    this.#gate = new LandingGate(context, record, {
      leaseGuard: () => this.#leaseGuard,
      note: (change) => this.#note(change),
      steps: this.#steps,
    });
    const { bead, fence, reporting } = record.request;
    const identity = { agent: null, bead, fence, reporting, seq: this.#seq };
    this.#leaseGuard = new LeaseGuard(context, identity, () => this.#gate.watched(), context.log);
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

  /** Of what is done for this try alone. */
  get #signal(): AbortSignal {
    return this.#place?.signal ?? this.#leaseGuard.signal;
  }

  begin(predecessors: readonly Worker[]): void {
    this.#say("accepted");
    this.#leaseGuard.begin();
    void this.#drive(predecessors);
  }

  end(reason: EndReason): void {
    this.#leaseGuard.end(reason);
  }

  killNow(): void {
    this.#gate.killNow();
  }

  async #drive(predecessors: readonly Worker[]): Promise<void> {
    let outcome: Outcome | null;
    try {
      await untilGone(predecessors);
      await this.#leaseGuard.untilHeard();
      const { lines } = this.#context;
      outcome = await lines.inLine(this.#request, (place) => this.#land(place), this.#leaseGuard.signal);
    } catch (error) {
      outcome = outcomeOf(error, this.#gate.tail);
    }
    await this.#close(outcome);
  }

  async #land(place: PlaceInLine): Promise<Outcome> {
    this.#place = place;
    const left = { moves: maxLandingTries, ofLine: maxTriesInLine };
    while (left.moves > 0 && left.ofLine > 0) {
      try {
        const outcome = await place.try((onto) => this.#tryToLand(place, onto));
        if (outcome) return outcome;
        left.moves--;
        this.#steps.at(`${this.#request.rig.defaultBranch} moved meanwhile; it starts over`);
      } catch (error) {
        if (!(error instanceof GroundLost)) throw error;
        left.ofLine--;
        this.#steps.at("the landing before it did not land as it was prepared; it starts over");
      }
    }
    const { defaultBranch } = this.#request.rig;
    const message =
      left.moves > 0
        ? `Of the landings before this one ${maxTriesInLine} did not land as they were prepared.`
        : `${defaultBranch} moved ${maxLandingTries} times while this landing was prepared.`;
    throw new StepFailure("refused", "contended", message, 30_000);
  }

  /**
   * Null: another push came first.
   *
   * @param prepared what the landing before it in line has made ready, and has not landed yet
   */
  async #tryToLand(place: PlaceInLine, prepared: string | null): Promise<Outcome | null> {
    const { town, rig, head } = this.#request;
    const { rigs } = this.#context;
    await this.#leaseGuard.inTime();
    await rigs.fetch(town, rig, this.#leaseGuard.signal);
    const heads = await rigs.heads(town, rig);
    const tip = defaultHeadOf(heads, rig);
    const before = await landedBefore(this.#context, this.#request, tip);
    if (before) return { kind: "landed", head: before };
    if (await rigs.contains(town, rig, tip, head)) {
      place.leaveGround();
      return this.#foundThere(tip, heads);
    }
    const moved = branchMoved(this.#request, heads);
    if (moved || prepared === null) return moved ?? this.#landOnto(place, tip, heads);
    // The gate sees the remote as it will be when this one's turn to land has come.
    return this.#landOnto(place, prepared, new Map(heads).set(rig.defaultBranch, prepared));
  }

  #landOnto(place: PlaceInLine, tip: string, heads: Heads): Promise<Outcome | null> {
    return this.#inWorkshop(this.#request.head, heads, (workshop) => this.#landFrom(workshop, place, tip));
  }

  async #landFrom(workshop: Workshop, place: PlaceInLine, tip: string): Promise<Outcome | null> {
    const { town, rig } = this.#request;
    const base = await removedBase(this.#context, this.#request, tip);
    const rebased = await rebase(workshop.host, { onto: tip, base }, town, this.#signal);
    if (typeof rebased !== "string") return rebased;
    const note = base === null ? {} : { note: removedNote(base, rig.defaultBranch) };
    if (rebased === tip) {
      await place.untilGroundHasLanded({ addsToIt: false });
      return (await this.#sameThere(workshop, tip)) ?? { kind: "landed", head: tip, ...note };
    }
    if (place.isShared) {
      await this.#context.rigs.keep(town, rig, workshop.host, rebased, this.#signal);
      place.makeReady(rebased);
    }
    const rejection = await this.#passGate(workshop, place, rebased, tip);
    if (rejection) return rejection;
    await place.untilGroundHasLanded();
    const outcome = await this.#push(workshop, rebased, tip);
    if (outcome?.kind !== "landed") return outcome;
    place.hasLanded();
    return { ...outcome, ...note };
  }

  /**
   * The work is on the default branch, and not by this host: a landing whose report was lost has put it there, a person, or its
   * agent. What carries the host's trailers was complete before it came there; anything else may have come past the gate.
   */
  async #foundThere(tip: string, heads: Heads): Promise<Outcome> {
    const { town, rig, bead, head, gate } = this.#request;
    const { rigs } = this.#context;
    if (!gate) return { kind: "landed", head: tip };
    if (await carriesTrailers(rigs.mirror(town, rig), head, bead))
      return {
        kind: "landed",
        head: tip,
        note: `The work was on ${rig.defaultBranch} already, as its attempt had left it.`,
      };
    const rejection = await this.#inWorkshop(tip, heads, (workshop) => this.#failsThere(workshop, tip));
    return rejection ?? { kind: "landed", head: tip, ...pastGateNote(rig) };
  }

  /** The default branch has other commits that change the same. Null: those of landings, and the gate passes. */
  async #sameThere(workshop: Workshop, tip: string): Promise<Outcome | null> {
    const { rig, head, gate } = this.#request;
    const rejection = await this.#failsThere(workshop, tip);
    if (rejection || !gate || !(rig.trailers ?? this.#context.trailers)) return rejection;
    for (const commit of await sameOn(workshop.host, tip, head, this.#signal))
      if (!(await carriesTrailers(workshop.host, commit, null)))
        return { kind: "landed", head: tip, ...pastGateNote(rig) };
    return null;
  }

  /** The gate, on a default branch that has the work already: null if it passes. */
  async #failsThere(workshop: Workshop, tip: string): Promise<Outcome | null> {
    const { rig, gate } = this.#request;
    const failure = gate && (await this.#gate.run(workshop, tip, gate, this.#signal));
    if (!failure) return null;
    if (failure.isMissing) throw brokenGate(failure, failure, `${rig.defaultBranch} (${tip.slice(0, 12)})`);
    const message = `The work is on ${rig.defaultBranch} already, past the gate, and the gate fails there. ${failure.message}`;
    return rejected("past_gate", message, failure.tail);
  }

  async #inWorkshop<T>(commit: string, heads: Heads, work: (workshop: Workshop) => Promise<T>): Promise<T> {
    const { workshops } = this.#context;
    const { town, rig, bead, fence } = this.#request;
    const place = { kind: "land", town, rig, bead, fence } as const;
    try {
      return await work(await workshops.open(place, { commit, base: commit }, heads, this.#signal));
    } finally {
      await workshops.close(place);
    }
  }

  /**
   * A gate that fails on the default branch alone as well says nothing of the bead: no work of the rig's would pass it.
   *
   * @throws StepFailure `rig_trouble`, with `gate_missing` or `gate_broken`
   */
  async #passGate(workshop: Workshop, place: PlaceInLine, commit: string, tip: string): Promise<Outcome | null> {
    const { rig, gate } = this.#request;
    if (!gate) return null;
    this.#steps.at(
      `its gate runs, ${place.isOnPrepared ? "on what the landing before it makes ready" : `on ${rig.defaultBranch} at ${tip.slice(0, 12)}`}`,
    );
    const failure = await this.#gate.run(workshop, commit, gate, this.#signal);
    if (place.isOnPrepared)
      this.#steps.at(`its gate ${failure ? "failed" : "passed"}; it waits for the landing before it`);
    if (!failure) {
      this.#gate.passedOn(commit);
      return null;
    }
    await place.untilGroundHasLanded({ addsToIt: false });
    const ofTip = await this.#gate.judgeTip(workshop, tip, gate, this.#signal);
    if (!ofTip) return rejected("gate_failed", failure.message, failure.tail);
    throw brokenGate(failure, ofTip, `${rig.defaultBranch} (${tip.slice(0, 12)})`);
  }

  /**
   * Null: refused because the branch moved. A push that went through is told, even if the landing was ended meanwhile:
   * it can't be undone. What is pushed is the commit from before the gate, also where the gate changed it.
   */
  async #push({ host }: Workshop, resultHead: string, tip: string): Promise<Outcome | null> {
    const { rig, bead, fence } = this.#request;
    this.#note({ state: "pushing", resultHead });
    this.#steps.at(`it is being pushed to ${rig.defaultBranch}`);
    await this.#leaseGuard.confirm(true);
    this.#leaseGuard.guard();
    this.pushing = true;
    try {
      const ownBranch = branchOf(bead, fence, rig.branchPrefix);
      return await pushLanding(host, rig, { head: resultHead, tip, ownBranch }, this.#leaseGuard.signal);
    } finally {
      this.pushing = false;
    }
  }

  async #close(outcome: Outcome | null): Promise<void> {
    const ahead = this.#leaseGuard.close(outcome !== null);
    try {
      const report = outcome ? lastReport({ ...this.#request, agent: null }, outcome, this.#seq.next()) : null;
      this.#note({ state: "ended", outcome: report, outcomeAtMs: Date.now(), settled: report === null, pid: null });
    } catch (error) {
      this.#say(`cannot write its record: ${error}`);
    }
    this.#say(outcome ? outcome.kind : `ended without a report (${this.#leaseGuard.signal.reason})`);
    void sendAndTidy(this.#context, this.#record, ahead);
    this.#markGone();
  }

  #note(change: Partial<MergeRecord>): void {
    Object.assign(this.#record, change);
    this.#context.mergeBook.save(this.#record);
  }

  #say(what: string): void {
    this.#context.log(`landing ${what}`, aboutOf(this));
  }
}
