import type { LiveAttempts } from "../attempts/live.ts";
import type { SilentRun } from "../attempts/stall.ts";
import type { Bar } from "../attempts/whose-trouble.ts";
import type { Pause } from "../db/schema.ts";
import type { Settings } from "../lib/settings.ts";
import type { PlanFacts, Pushes, RunsLeft } from "./gates/gate.ts";
import type { Gate } from "./gates/index.ts";
import type { HostRoom } from "./host-room.ts";

/** What a pass looks at: only what may need something now, each list bounded by `limits.ts`. `nowMs` is the only clock. */
export interface Snapshot {
  readonly nowMs: number;
  readonly settings: Settings;
  /** Live attempts whose lease has run out. */
  readonly expired: readonly { fence: number }[];
  /** Called off, and the host has not been asked yet. */
  readonly stopping: readonly { agentId: string; fence: number }[];
  /** What runs, and has lasted longer than its host was told to let it. */
  readonly pastLimit: readonly { fence: number }[];
  /** Runs that live and have been silent until their next tier: since when. */
  readonly silent: readonly SilentRun[];
  /** Nothing begins at all. */
  readonly paused: Pause | null;
  /** Runs no more, landings still. */
  readonly draining: boolean;
  /** How many attempts may begin now: the rest of this minute's starts. */
  readonly startsLeft: number;
  /** What hosts may be asked to begin now: a call that hangs holds its slot, and one that fails again and again is left alone. */
  readonly hosts: HostRoom;
  /** Agents run on hosts that join, and none is connected and enabled. */
  readonly hostless: boolean;
  /** How many more runs may be live. What is not in a map has no cap. */
  readonly runsLeft: RunsLeft;
  /** Rigs in which less may begin than their agents could do. */
  readonly rigs: ReadonlyMap<string, RigGates>;
  /** Idle agents with a bead on the hook: when the bead's backoff ends, and the agent's own cool-down. */
  readonly hooked: readonly Hooked[];
  /** Idle agents with nothing on the hook, not cooling down, of rigs that have ready beads. */
  readonly idle: readonly Idle[];
  /** Open, unblocked, backoff passed; in the order in which they should start. */
  readonly ready: readonly {
    beadId: string;
    rigId: string;
    failures: number;
    touches: readonly string[];
    /** A run of it met what may be its own trouble. */
    isStruck: boolean;
    /** The agents whose runs of it failed. */
    failedBy: readonly string[];
    gate: Gate | null;
  }[];
  /** Rigs whose branches the remote declines, and how many runs may try all the same. */
  readonly pushes: ReadonlyMap<string, Pushes>;
  /** When each rig was served last, as a fence; only where rigs compete for what is left. */
  readonly served: ReadonlyMap<string, number>;
  /** What each webhook is told next, where nothing is on its way to it; only where there are webhooks. */
  readonly deliveries: readonly { webhook: string; delivery: number; atMs: number }[];
  /** When history is pruned next; null: nothing is too old, nor will be by itself. */
  readonly prunesAtMs: number | null;
  /** The first beads in review of each rig whose backoff has passed: as many as may begin to land beside those that do. */
  readonly landable: readonly { beadId: string; rigId: string; failures: number; gate: Gate | null }[];
  /** More of a rig may begin beside its first, once it is known at which host that does. */
  readonly landsMore: boolean;
  /** Inputs of the next wake: rules must not read them. */
  readonly wake: WakeInputs;
}

export interface Idle {
  agentId: string;
  rigId: string;
  role: string;
  /** Beads that it is not given for now: they, or it, or its provider may be in trouble. */
  bars: readonly Bar[];
  /** A run of its own met such a trouble. */
  inDoubt: boolean;
}

/** When what needs nothing now will need something. */
export interface WakeInputs {
  live: LiveAttempts;
  /** When the first of the agents that cool down has done so. */
  coolMs: number | null;
  /** Rigs in which a bead could be stuck: beads are ready there, or an agent holds one and does not get on with it. */
  unsettledRigs: ReadonlySet<string>;
  /** The same, once all that is idle and ready has been brought together. */
  unsettledAfterStarts: ReadonlySet<string>;
}

export interface RigGates {
  /** A budget of the day that is used up. */
  spent: PlanFacts["spent"];
  /** How much of it waits to land. */
  review: PlanFacts["review"];
}

export interface Hooked {
  agentId: string;
  beadId: string;
  rigId: string;
  role: string;
  /** Consecutive failures of the host. */
  failures: number;
  notBeforeMs: number;
  agentNotBeforeMs: number;
  /** It is not given this bead again for now. */
  isBarred: boolean;
  /** It cools down after a trouble that is its own. */
  inTrouble: boolean;
  /** Whether another worker of the rig could take the bead, now or when it comes free. */
  hasOthers: boolean;
  gate: Gate | null;
}
