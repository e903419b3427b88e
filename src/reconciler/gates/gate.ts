/** What a gate is, and what gates are judged by: pure functions of facts, which the planner reads in bulk and an explanation for one bead. */
import type { Agent, Bead, Convoy, Pause, Rig, RigTrouble, TownRow } from "../../db/schema.ts";
import type { Settings } from "../../lib/settings.ts";
import type { HostRoom } from "../host-room.ts";
import type { WayOut } from "./way-out.ts";

/** What shuts a gate, and when it opens by itself, if that is known. */
export interface Shut {
  why: string;
  untilMs: number | null;
}

export const shut = (why: string, untilMs: number | null = null): Shut => ({ why, untilMs });

/** What is known of what a plan would begin. */
export interface PlanFacts {
  readonly nowMs: number;
  readonly settings: Settings;
  readonly kind: "start" | "landing";
  /** It is begun anew: what was begun goes on, also where a gate has shut since. */
  readonly isNew: boolean;
  readonly town: Pick<TownRow, "draining"> & { paused: Pause | null };
  readonly rigId: string;
  /** Its rig's remote takes no branches: so many runs may find out whether it does again. */
  readonly pushes: Pushes | null;
  /** Landings of its rig, or this one, wait for what must be mended. */
  readonly landingTrouble: (RigTrouble & { untilMs: number }) | null;
  readonly spent: Spent | null;
  readonly overlap: Overlap | null;
  readonly review: Review | null;
  readonly runsLeft: RunsLeft;
  /** The roles of those who could take it. */
  readonly roles: readonly string[];
  /** Agents run on hosts that join, and none is connected and enabled. */
  readonly hostless: boolean;
  readonly hosts: HostRoom;
  /** How many attempts may begin in this minute, and when the next may. */
  readonly starts: { left: number; againMs: number | null };
  readonly repeated: Repeated | null;
  /** All who are free have met a trouble with it that may be its own, and the first is given it again then. */
  readonly barredUntilMs: number | null;
}

/** And what else is known of a bead that is looked at alone. */
export interface BeadFacts extends PlanFacts {
  readonly town: TownRow;
  readonly bead: Bead;
  readonly rig: Rig;
  readonly convoy: Convoy | undefined;
  /** Not closed yet: those that it waits for, and parts that it waits for. */
  readonly blockers: readonly Pick<Bead, "id" | "status">[];
  /** Its parent, if it waits because that does. */
  readonly parentWaits: string | null;
  /** The agents of its rig. */
  readonly agents: readonly Agent[];
  readonly providersInTrouble: ReadonlySet<string>;
  /** The beads that its rig is landing, and how many it may. */
  readonly landing: { beads: readonly string[]; atOnce: number };
  /** What the next pass begins: this bead, or so many others. */
  readonly next: { isThis: boolean; others: number };
}

/** @see PlanFacts.pushes */
export interface Pushes {
  left: number;
  trouble: RigTrouble;
}

/** A budget of the day that is used up. */
interface Spent {
  key: string;
  spentMs: number;
  budgetMs: number;
}

/** A bead that changes the same paths. */
interface Overlap {
  what: string;
  untilMs: number;
}

/** As much of a rig waits to land as may. */
interface Review {
  waiting: number;
  cap: number;
}

/** How many more runs may be live. What is not in a map has no cap. */
export interface RunsLeft {
  town: number;
  rigs: ReadonlyMap<string, number>;
  roles: ReadonlyMap<string, number>;
}

/** An action that came to nothing again and again, and waits. */
export interface Repeated {
  action: string;
  times: number;
  why: string;
  notBeforeMs: number;
}

export const leftIn = (left: ReadonlyMap<string, number>, key: string): number =>
  left.get(key) ?? Number.POSITIVE_INFINITY;

export interface GateDef<Name extends string, Facts> {
  name: Name;
  /** What shuts it, in the words of docs/words.md. */
  shutBy: string;
  before: "runs" | "landings" | "both";
  /** Null: it is open. */
  read(facts: Facts): Shut | null;
  /**
   * The same by what is known in a plan; often `read` itself. Left out where the planner's queries read nothing that this gate shuts
   * (a paused rig), or its loader passes the gate along (`Wish.gate`).
   */
  inPlan?(facts: PlanFacts): Shut | null;
  /** What a person can do about it. */
  wayOut(facts: BeadFacts): WayOut;
  /** A call that ends may open it: what it shuts out stands in line. */
  isQueue?: true;
  /** No operator meant it to be shut: beads that it keeps from free agents for long are starving. */
  mayStarve?: true;
  /** It tells why this bead and not another: where another gate is shut, it says something only if others do go first. */
  isTurn?: true;
}

export const defineGate = <const Name extends string, Facts>(def: GateDef<Name, Facts>) => def;

/** What a gate says, by its name; null: it is open. */
export function reading<Name extends string, Facts>(
  gate: Pick<GateDef<Name, Facts>, "name" | "read">,
  facts: Facts,
): (Shut & { name: Name }) | null {
  const found = gate.read(facts);
  return found && { name: gate.name, ...found };
}
