import type { Verdict } from "../../../src/queries/health/verdict.ts";
import type { ChaosWorld, WorldOptions } from "../world.ts";

type Word = Verdict["verdict"];

export interface Case extends Omit<WorldOptions, "seed" | "neighboursUntilMs"> {
  name: string;
  /** Fake milliseconds from the beginning of the world. */
  breaksAtMs: number;
  breaks(world: ChaosWorld): void;
  /** What is not as it must be while it lasts: asked right before it is mended. */
  meanwhile?(world: ChaosWorld): string[];
  /** Where a person, or time, mends it; what is told then is sent as it is shown. Left out: it heals by itself. */
  mendsAtMs?: number;
  mends?(world: ChaosWorld): void;
  endsAtMs: number;
  /** The word that must be seen, and those that may be seen on the way there; null: nothing but well. */
  verdict: Word | null;
  onTheWay?: Word[];
  /** What must be told to a person, `kind target`: each once, and no other but those on the way. */
  items: string[];
  itemsOnTheWay?: string[];
  /** At most one of these bounds may be missed: ticks, or time. */
  withinTicks: number;
  withinMs: number;
  /** Who is named for the end of the incident; null: there is none. */
  healedBy: string | null;
  /** How many there are, where it is not one. */
  incidents?: number;
  /** Beads that are not closed in the end. */
  leaves?: string[];
  /** How long a bead of another rig may wait for its start; null: the whole town is in trouble, and nothing is asked of it. */
  neighboursWithinMs: number | null;
  /** The first words of the lines that operators read, in order. */
  lines: string[];
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A bead whose rig has a free agent begins at once; three agents are enough for a bead a minute. */
export const AT_ONCE_MS = 2_000;
