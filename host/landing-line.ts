import type { MergeRequest } from "../src/protocol/merges.ts";

/** Thrown where a landing stands on a commit that can't land any more: it is to start over from what there is. */
export class GroundLost extends Error {
  constructor() {
    super("what it was rebased onto will not land");
  }
}

/** A commit that a landing has made ready. Those behind it are rebased onto it, before it is known whether it lands. */
class Ground {
  readonly commit: string;
  /** Aborted, with `GroundLost`, once it is known that the commit does not land. */
  readonly lost: AbortSignal;
  readonly #lost = new AbortController();
  #hasLanded = false;

  constructor(commit: string) {
    this.commit = commit;
    this.lost = this.#lost.signal;
  }

  get hasLanded(): boolean {
    return this.#hasLanded;
  }

  land(): void {
    this.#hasLanded = true;
  }

  lose(): void {
    if (!this.#hasLanded) this.#lost.abort(new GroundLost());
  }
}

/**
 * The landings of one rig at this host, in the order in which they came. So many at the front of it as the rig allows are under
 * way side by side, each on what the one before it has made ready; but they land one by one, in their order.
 */
class Line {
  readonly places: PlaceInLine[] = [];
  #change = Promise.withResolvers<void>();

  changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Asks again after each change, until there is an answer. */
  async until<T>(ask: () => T | undefined, signal: AbortSignal): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const answer = ask();
        if (answer !== undefined) return answer;
        await Promise.race([this.#change.promise, aborted]);
      }
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }
}

/** The place of one landing in the line of its rig. */
export class PlaceInLine {
  /** What this landing has made ready; undefined: nothing yet; null: it adds nothing to what the one before it leaves. */
  #ready: Ground | null | undefined;
  /** What it stands on in this try; null: the default branch as it is. */
  #ground: Ground | null = null;
  readonly #line: Line;
  readonly #target: string;
  readonly #atOnce: number;
  readonly #mayAct: AbortSignal;

  /** @param mayAct aborts when the landing may act no more */
  constructor(line: Line, { rig, landingsAtOnce = 1 }: MergeRequest, mayAct: AbortSignal) {
    this.#line = line;
    this.#target = JSON.stringify([rig.repoUrl, rig.defaultBranch]);
    this.#atOnce = landingsAtOnce;
    this.#mayAct = mayAct;
    line.places.push(this);
  }

  /** Whether others may be rebased onto what this one makes ready. */
  get isShared(): boolean {
    return this.#atOnce > 1;
  }

  /** Whether it stands on a commit that has not landed yet. */
  get isOnPrepared(): boolean {
    return this.#ground !== null && !this.#ground.hasLanded;
  }

  /** Aborts when the landing may act no more, or when what it stands on can't land any more. */
  get signal(): AbortSignal {
    return this.#ground ? AbortSignal.any([this.#mayAct, this.#ground.lost]) : this.#mayAct;
  }

  /** Until it is its turn: it and each landing ahead of it must allow that many at once. */
  async turn(): Promise<void> {
    const isItsTurn = () => {
      const ahead = this.#ahead();
      return ahead.length < Math.min(this.#atOnce, ...ahead.map((place) => place.#atOnce)) || undefined;
    };
    await this.#line.until(isItsTurn, this.#mayAct);
  }

  /**
   * One try to land. What comes of it counts once that is the default branch's tip what it stood on: before, nobody knows whether it was the
   * bead's fault.
   *
   * @param work gets the commit that it is to be rebased onto: what the one before it has made ready. Null: the default branch's tip
   * @returns null where the work has come to nothing and is begun again: what follows it waits for that
   * @throws GroundLost if the one before it did not land that
   */
  async try<T>(work: (onto: string | null) => Promise<T | null>): Promise<T | null> {
    this.#giveUpReady(undefined);
    this.#ground = await this.#line.until(() => this.#nextAhead(), this.#mayAct);
    const [result] = await Promise.allSettled([work(this.#ground?.commit ?? null)]);
    const isBegunAgain = result.status === "fulfilled" && result.value === null;
    if (!isBegunAgain && !this.#mayAct.aborted) await this.untilGroundHasLanded({ addsToIt: false });
    if (result.status === "fulfilled") return result.value;
    if (result.reason instanceof GroundLost) this.#mayAct.throwIfAborted();
    throw result.reason;
  }

  /** Those behind this one may go on from here. */
  makeReady(commit: string): void {
    this.#ready = new Ground(commit);
    this.#line.changed();
  }

  /** What it has made ready is the default branch's tip. */
  hasLanded(): void {
    this.#ready?.land();
    this.#line.changed();
  }

  /** Goes by the default branch alone from here on, and adds nothing to it. */
  leaveGround(): void {
    this.#ground = null;
    this.#giveUpReady(null);
  }

  /**
   * Until what it stands on is the default branch's tip.
   *
   * @param addsToIt if it won't land anything on top of that, those behind it go on without it
   * @throws GroundLost if that does not land
   */
  async untilGroundHasLanded({ addsToIt } = { addsToIt: true }): Promise<void> {
    if (!addsToIt) this.#giveUpReady(null);
    const ground = this.#ground;
    if (ground) await this.#line.until(() => ground.hasLanded || undefined, this.signal);
  }

  leave(): void {
    this.#giveUpReady(null);
    this.#line.places.splice(this.#line.places.indexOf(this), 1);
    this.#line.changed();
  }

  #giveUpReady(next: null | undefined): void {
    this.#ready?.lose();
    this.#ready = next;
    this.#line.changed();
  }

  #ahead(): PlaceInLine[] {
    return this.#line.places.slice(0, this.#line.places.indexOf(this));
  }

  #nextAhead(): Ground | null | undefined {
    const next = this.#ahead().findLast((place) => place.#target === this.#target && !place.#isAside);
    return next ? (next.#ready ?? undefined) : null;
  }

  /** One that stepped aside on what was lost since is about to start over, and is ahead as before. */
  get #isAside(): boolean {
    return this.#ready === null && !this.#ground?.lost.aborted;
  }
}

/** One line for each rig in which something lands. */
export class LandingLines {
  readonly #lines = new Map<string, Line>();

  /** @param mayAct aborts when the landing may act no more; one that is still waiting then leaves the line at once */
  async inLine<T>(request: MergeRequest, task: (place: PlaceInLine) => Promise<T>, mayAct: AbortSignal): Promise<T> {
    const key = `${request.town}/${request.rig.id}`;
    const line = this.#lines.get(key) ?? new Line();
    this.#lines.set(key, line);
    const place = new PlaceInLine(line, request, mayAct);
    try {
      await place.turn();
      return await task(place);
    } finally {
      place.leave();
      if (line.places.length === 0) this.#lines.delete(key);
    }
  }
}
