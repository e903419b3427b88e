import type { Clockwork } from "./clockwork.ts";

/** How often each thing goes wrong at most, per occasion. The rates of one world are drawn below these. */
const WORST = {
  startLost: 0.1,
  startRejected: 0.2,
  startFalse: 0.2,
  /** Refused, with a wish to be left alone for a while. */
  hostIsFull: 0.2,
  /** Of the starts that were refused or rejected: they run after all, later. */
  lateStart: 0.5,
  acceptedNeverRuns: 0.1,
  startDoubled: 0.2,
  answerLost: 0.1,
  /** A newer start adopts the live run instead of ending it. */
  adoptsRun: 0.9,
  messageDropped: 0.2,
  messageDoubled: 0.2,
  messageLate: 0.2,
  messageDaysLate: 0.2,
  agentFails: 0.3,
  providerLimited: 0.1,
  authFails: 0.05,
  landingRejected: 0.2,
  setupFails: 0.1,
  townCrashes: 0.003,
  crashAtAwait: 0.02,
  storageFails: 0.001,
  alarmLate: 0.2,
  alarmLost: 0.01,
  alarmDoubled: 0.1,
} as const;

/** Drawn apart, so that the worlds there were before these stay what they were. */
const WORST_STALLS = {
  /** Its process lives and speaks, and its agent does nothing any more. */
  agentStands: 0.2,
  nudgeLost: 0.3,
  nudgeFails: 0.3,
} as const;

/** The same again: what a host says that is not so, too long, or no number. */
const WORST_LIES = {
  saysTooMuch: 0.05,
  oddWait: 0.1,
  redirects: 0.05,
  wrongKind: 0.2,
  /** A last word. */
  endsAtLength: 0.3,
  /** When a provider takes more again. */
  oddReset: 0.7,
} as const;

/** Drawn apart as well: a host that keeps no limit, and one whose wishes make no sense. */
const WORST_WORDS = {
  beatsForEver: 0.1,
  oddPatience: 0.9,
} as const;

/** Drawn apart likewise: whoever asks for one of these gets no answer, and what it asked for has not happened. */
const WORST_HANGS = {
  stopHangs: 0.3,
  landingHangs: 0.2,
} as const;

/** Drawn apart as well. */
const WORST_REMOTES = {
  /** The remote will not have what is in a branch. */
  contentDeclined: 0.1,
} as const;

/** And so again. */
const WORST_FINDS = {
  /** Its agent ends well, and says that there is nothing to do. */
  nothingToDo: 0.1,
} as const;

/** And this. */
const WORST_SAVES = {
  /** What a run that failed had done is on its branch. */
  savesWork: 1,
} as const;

/** What does not come by occasion but by the hour. */
export type Mishap =
  | "hostDies"
  | "hostPauses"
  | "outage"
  | "partition"
  | "clockJumps"
  | "poison"
  | "storm"
  | "crashLoop"
  | "cancel"
  | "stop"
  | "retry"
  | "tinker"
  | "setting"
  | "remoteCloses"
  | "remoteIsAway"
  | "channelLost"
  | "hostRemoved"
  | "hostDisabled"
  | "beadIsPoison"
  | "agentIsSick"
  | "hostHasFewPlaces"
  | "hostDiskIsLow"
  | "diskFails"
  | "twoRigsBreak"
  | "twinDials"
  | "rowIsDamaged";
export type Occasion =
  | keyof typeof WORST
  | keyof typeof WORST_STALLS
  | keyof typeof WORST_WORDS
  | keyof typeof WORST_REMOTES
  | keyof typeof WORST_FINDS
  | keyof typeof WORST_LIES
  | keyof typeof WORST_SAVES
  | keyof typeof WORST_HANGS;
export type Fault = Occasion | Mishap | "leaseKill" | "alarmAbandoned";

export interface Decision {
  /** Class and number within the class: the same in every replay of the seed. */
  id: string;
  atMs: number;
}

/**
 * What goes wrong in one world: each class at a rate of its own, drawn once, half of them absent: a fault shows best
 * where others do not hide it. Each decision draws from its class's own stream, so a replay can leave single ones out.
 */
export class Faults {
  readonly #world: Clockwork;
  readonly #rates: Record<Occasion, number>;
  readonly #counts = new Map<string, number>();
  readonly #only: ReadonlySet<string> | null;
  readonly hits: Partial<Record<Fault, number>> = {};
  readonly struck: Decision[] = [];
  on = true;

  /** @param only a replay: of all that would strike, strike these alone */
  constructor(world: Clockwork, only: readonly string[] | null = null) {
    this.#world = world;
    this.#only = only && new Set(only);
    const draw = (worst: number, from: string) => (world.random(from) < 0.5 ? 0 : worst * world.random(from));
    const drawn = (all: object, from: string) => Object.entries(all).map(([name, worst]) => [name, draw(worst, from)]);
    const rates = [
      ...drawn(WORST, "rates"),
      ...drawn(WORST_STALLS, "stall rates"),
      ...drawn(WORST_WORDS, "word rates"),
      ...drawn(WORST_REMOTES, "remote rates"),
      ...drawn(WORST_FINDS, "find rates"),
      ...drawn(WORST_LIES, "lie rates"),
      ...drawn(WORST_HANGS, "hang rates"),
      ...drawn(WORST_SAVES, "save rates"),
    ];
    this.#rates = Object.fromEntries(rates) as never;
  }

  strikes(fault: Occasion): boolean {
    return this.#decide(fault, this.on && this.#world.random(fault) < this.#rates[fault]);
  }

  /** A thing that was planned for now. */
  befalls(mishap: Mishap): boolean {
    return this.#decide(mishap, this.on);
  }

  hit(fault: Fault): void {
    this.hits[fault] = (this.hits[fault] ?? 0) + 1;
  }

  #decide(fault: Occasion | Mishap, would: boolean): boolean {
    const count = (this.#counts.get(fault) ?? 0) + 1;
    this.#counts.set(fault, count);
    if (!would) return false;
    const id = `${fault}#${count}`;
    if (this.#only && !this.#only.has(id)) return false;
    this.hit(fault);
    this.struck.push({ id, atMs: this.#world.nowMs });
    return true;
  }
}
