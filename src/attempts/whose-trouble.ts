/**
 * Whose trouble is it that a run met a provider's limit, or was not let in? One failure tells nothing: it counts against the pair of
 * bead and agent, until a second bead or a second agent tells them apart. ADR 0032 has the table.
 */
import type { Doubt, Failure, Strike } from "../db/schema.ts";

/** So often in a row, with others doing well each time in between, tells as much as a second agent, and more than any coincidence. */
const OFTEN = 4;

/** An agent, and whoever shares its provider, as far as this kind of trouble goes. */
export interface Standing {
  /** It has met it with no bead but, perhaps, this one. */
  isClean: boolean;
  /** When a run last came to an end of its own. */
  wellAtMs: number;
}

export interface Case {
  bead: string;
  agent: string;
  /** Whose limits and credentials it shares with others; null: it has its own. */
  provider: string | null;
  kind: Failure["kind"];
  /** What is known already to be in this trouble, and has not come out of it. */
  sick: "agent" | "provider" | null;
  /** Of the agent and its provider, before this failure. */
  doubts: readonly Doubt[];
  /** Of the bead, before this failure. */
  strikes: readonly Strike[];
  standing: (agent: string) => Standing;
}

export interface Verdict {
  whose: "bead" | "agent" | "provider" | "pair";
  /** Others have done well since the bead met it last, or it is the first time. */
  isFresh: boolean;
  /** It met it before, and others did well since: it tells nothing of its agent. */
  isRepeat: boolean;
}

export function whoseTrouble(of: Case): Verdict {
  const strikes = of.strikes.filter(({ kind }) => kind === of.kind);
  const last = strikes.at(-1);
  const isFresh = last === undefined || didWellSince(last, of);
  const times = strikes.filter((strike) => strike.isFresh).length + 1;
  const isRepeat = strikes.some((strike) => !strike.isExcused && didWellSince(strike, of));
  return { whose: whose(of, strikes, isFresh && times >= OFTEN, isRepeat), isFresh, isRepeat };
}

function whose(of: Case, strikes: readonly Strike[], isOften: boolean, isRepeat: boolean): Verdict["whose"] {
  if (isOften) return "bead";
  if (of.sick) return of.sick;
  const others = of.doubts.filter((doubt) => doubt.kind === of.kind && doubt.bead !== of.bead && !doubt.isRepeat);
  if (!isRepeat && of.provider !== null && others.some(({ agent }) => agent !== of.agent)) return "provider";
  if (!isRepeat && others.length > 0) return "agent";
  return strikes.some((strike) => tellsOfBead(strike, of)) ? "bead" : "pair";
}

const didWellSince = ({ agent, atMs }: Strike, of: Case): boolean =>
  Math.max(of.standing(agent).wellAtMs, of.standing(of.agent).wellAtMs) > atMs;

/** Another agent met the same on this bead and on no other; where both share a provider, that has done well in between. */
function tellsOfBead(strike: Strike, of: Case): boolean {
  if (strike.agent === of.agent || strike.isExcused) return false;
  const isApart = of.provider === null || strike.provider !== of.provider;
  return (isApart || didWellSince(strike, of)) && of.standing(strike.agent).isClean;
}

/** A bead that an agent is not given for now, since it is not known yet whose trouble it was that they met. */
export interface Bar {
  bead: string;
  untilMs: number;
}

/** Its own, and those of other agents that share its provider: the provider would say the same again. */
export const barsOf = (doubts: readonly Doubt[] | null, nowMs: number): Bar[] =>
  (doubts ?? []).flatMap(({ bead, untilMs }) => (untilMs > nowMs ? [{ bead, untilMs }] : []));

/** Until when this bead is kept from an agent; null: it is not. */
export function barredUntil(doubts: readonly Doubt[] | null, bead: string, nowMs: number): number | null {
  const bars = barsOf(doubts, nowMs).filter((bar) => bar.bead === bead);
  return bars.length > 0 ? Math.max(...bars.map(({ untilMs }) => untilMs)) : null;
}
