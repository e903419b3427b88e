/** How a pass begins: what is known before it, and what its steps are handed. */
import { commandOf } from "../commands/index.ts";
import type { Tx } from "../db/client.ts";
import type { Incident, TownRow } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { factTypeOf } from "../events/index.ts";
import { isBeginning } from "../lib/lane.ts";
import { earliest } from "../lib/time.ts";
import type { Ports } from "../ports/ports.ts";
import { signsOfLife } from "../protocol/reports.ts";
import { followClock } from "./clock.ts";
import type { Settled } from "./effects.ts";
import type { InFlight } from "./in-flight.ts";
import type { Fact } from "./ingest.ts";
import { RepeatBook } from "./repeats.ts";
import { kindsNow, noticeWasStale } from "./watch/incidents.ts";
import { type ReportedTroubles, reportedSoFar } from "./watch/troubles.ts";

/** What passes of nothing but signs of life have counted since the town's row was last written. */
export interface Unrecorded {
  ticks: number;
  received: number;
  applied: number;
  discarded: number;
}

export const nothingUnrecorded: Unrecorded = { ticks: 0, received: 0, applied: 0, discarded: 0 };

export interface PassInput {
  facts: readonly Fact[];
  /** Whether a fact that throws is written down (true) or its bringer told (false). */
  keepsFacts: boolean;
  nowMs: number;
  random: () => number;
  /** Calls that are out, or about to leave, in this incarnation. */
  inFlight: InFlight;
  /** An effect outlived its deadline, or an alarm does not come back: what began then is in flight still. */
  hung: boolean;
  /** The first pass of this incarnation. */
  first: boolean;
  /** The effects whose outcomes brought this pass about. */
  settled: readonly Settled[];
  /** Effects wait for a slot, as the last plan left it. */
  queued: boolean;
  /** Passes that were not recorded one by one. */
  unrecorded: Unrecorded;
  /** What waits for a person, by the rows as they are. */
  waiting: Ports["waiting"];
  /** Whose troubles the log has told of; null: this incarnation has not looked yet. */
  reported: ReportedTroubles | null;
}

/** What the steps of a pass have said on their way. */
interface Heard {
  /** A sign of life was more than a renewal, so there may be something to plan. */
  moreToPlan: boolean;
  /** An agent or a provider began to be in trouble. */
  troubled: boolean;
  /** The earliest end of a lease that was renewed. */
  renewedMs: number | null;
  /** Attempts that ended: kind and outcome. */
  ended: string[];
  /** Lines for the operator's log, once this is committed. */
  news: string[];
}

export interface Begun {
  input: PassInput;
  /** The town as it was before the pass. */
  before: TownRow;
  ctx: StepContext;
  heard: Heard;
  tick: number;
  book: RepeatBook;
  reported: ReportedTroubles | null;
  /** Nothing but signs of life and accepted starts came, before anything is due. */
  isQuietSoFar: boolean;
}

export function begin(tx: Tx, input: PassInput): Begun {
  const { nowMs, random, unrecorded } = input;
  const row = readTown(tx);
  const before = followClock(tx, row, nowMs);
  const isQuietSoFar = before === row && mayBeQuiet(input, before);
  const reported = input.reported ?? (isQuietSoFar ? null : reportedSoFar(tx));
  const tick = before.ticks + unrecorded.ticks + 1;
  const heard: Heard = { moreToPlan: false, troubled: false, renewedMs: null, ended: [], news: [] };
  const ctx: StepContext = {
    nowMs,
    random,
    settings: before.settings,
    moreToPlan: () => {
      heard.moreToPlan = true;
    },
    renewed: (leaseUntilMs) => {
      heard.renewedMs = earliest(heard.renewedMs, leaseUntilMs);
    },
    ended: (kind, outcome) => heard.ended.push(`${kind} ${outcome}`),
    troubled: () => {
      heard.troubled = true;
    },
    news: (line) => heard.news.push(line),
  };
  heard.news.push(...noticeWasStale(tx, before, nowMs));
  return { input, before, ctx, heard, tick, reported, isQuietSoFar, book: new RepeatBook(before.repeats, nowMs, tick) };
}

/** What is wrong just before a command is applied. What of it is over after this pass, the operator has ended. */
export const incidentsBefore = (tx: Tx, { input, before }: Begun): ReadonlySet<Incident["kind"]> =>
  !input.keepsFacts && input.facts.some(mayMend) && before.openIncidents > 0 ? kindsNow(tx, before, input.nowMs) : NONE;

const NONE: ReadonlySet<Incident["kind"]> = new Set();

const mayMend = (fact: Fact): boolean => !commandOf(fact)?.mendsNothing;

/**
 * Signs of life alone, and starts and landings that were accepted, before anything is due: they free no agent and unblock nothing,
 * so there is nothing to plan. What a failed pass left undone has its own wake, and is planned then.
 */
function mayBeQuiet(
  { facts, first, hung, settled, queued, nowMs }: PassInput,
  { nextWakeAtMs, errorStreak, repeats, clockMs }: TownRow,
): boolean {
  // What was held back when the town last looked is due all the while, and hides from the wake what else comes due.
  if (Object.values(repeats).some(({ notBeforeMs }) => notBeforeMs > clockMs)) return false;
  if (first || hung || errorStreak > 0 || facts.some(isMoreThanLife)) return false;
  if (settled.length > 0 ? queued || !settled.every(freesNobody) : facts.length === 0) return false;
  return nextWakeAtMs === null || nextWakeAtMs > nowMs;
}

/** An accepted start or landing frees no agent. It gives back its slot, which matters only where effects are queued. */
export const freesNobody = ({
  launch: { kind },
  settlement: { accepted },
}: Pick<Settled, "launch" | "settlement">): boolean => accepted && isBeginning(kind);

const lifeFacts: ReadonlySet<Fact["type"]> = new Set(signsOfLife.map((kind) => factTypeOf[kind]));

/** Anything but a sign of life. */
export const isMoreThanLife = ({ type }: Fact): boolean => !lifeFacts.has(type);
