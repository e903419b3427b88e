import type { Action } from "../actions/index.ts";
import type { StalledRun } from "../db/attempts/stall.ts";
import type { Settings } from "../lib/settings.ts";

/** What a pass looks at: only what may need something now, each list bounded by `limits.ts`. `nowMs` is the only clock. */
export interface Snapshot {
  readonly nowMs: number;
  readonly settings: Settings;
  /** Live attempts whose lease has run out. */
  readonly expired: readonly { fence: number }[];
  /** Called off, and nobody has asked the host yet. */
  readonly stopping: readonly { agentId: string; fence: number }[];
  /** Runs that live and have been silent until their next tier: since when. */
  readonly stalled: readonly StalledRun[];
  /** How many attempts may begin now: the rest of this minute's starts. None while the town is paused. */
  readonly startsLeft: number;
  /** Runs no more, landings still. */
  readonly draining: boolean;
  /** Idle agents with a bead on the hook: when the bead's backoff ends, and the agent's own cool-down. */
  readonly hooked: readonly Hooked[];
  /** Idle agents with nothing on the hook, not cooling down, of rigs that have ready beads. */
  readonly idle: readonly { agentId: string; rigId: string }[];
  /** Open, unblocked, backoff passed; in the order in which they should start. */
  readonly ready: readonly { beadId: string; rigId: string }[];
  /** In review, backoff passed, in order; none of a rig that is landing something. */
  readonly landable: readonly { beadId: string; rigId: string }[];
}

export interface Hooked {
  agentId: string;
  beadId: string;
  rigId: string;
  notBeforeMs: number;
  agentNotBeforeMs: number;
  /** Whether another worker of the rig could take the bead, now or when it comes free. */
  hasOthers: boolean;
}

/** Pure: the same snapshot gives the same actions. Wakes come from due columns, in `wake.ts`, so rules hold no clock. */
export interface Rule {
  readonly name: string;
  plan(town: Snapshot): Action[];
}
