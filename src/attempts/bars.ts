/** Which beads an agent is not given for now, since it is not known yet whose trouble it was that they met. */
import type { Doubt } from "../db/schema.ts";

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
