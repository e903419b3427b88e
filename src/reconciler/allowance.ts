import { type Action, actions, type Beginning } from "../actions/index.ts";
import { overlapping } from "../lib/paths.ts";
import { earliest } from "../lib/time.ts";
import type { Gate, Snapshot } from "./types.ts";

export interface Refused {
  action: Beginning;
  gate: Gate;
}

/** What wants to begin, and where. */
export interface Wish {
  action: Beginning;
  rigId: string;
  /** Of the host with this bead, in a row. */
  failures: number;
  /** Of its agent; a landing has none. */
  role?: string;
  /** Work that is begun anew, rather than gone on with. */
  isNew?: boolean;
  /** Paths it is likely to change. */
  touches?: readonly string[];
  /** What the bead itself waits for. */
  gate?: Gate | null;
}

/** How much one plan may begin, counted down in the order in which the rules ask; and what it may not, with the gate. */
export class Allowance {
  readonly refused: Refused[] = [];
  readonly #begun: Wish[] = [];
  readonly #town: Snapshot;
  #starts: number;
  /** How many of each kind there is a slot for. */
  readonly #slots: { start: number; landing: number };
  #inTown: number;
  readonly #inRig: Map<string, number>;
  readonly #inRole: Map<string, number>;
  readonly #pushes: Map<string, number>;

  constructor(town: Snapshot) {
    this.#town = town;
    this.#starts = town.startsLeft;
    this.#slots = { start: town.hosts.start, landing: town.hosts.landing };
    this.#inTown = town.room.town;
    this.#inRig = new Map(town.room.rigs);
    this.#inRole = new Map(town.room.roles);
    this.#pushes = new Map([...town.pushes].map(([rigId, { left }]) => [rigId, left]));
  }

  /** Whether it may begin: then it counts, and is planned. */
  begins(wish: Wish): boolean {
    const gate = this.#gateOf(wish);
    if (gate) {
      this.refused.push({ action: wish.action, gate });
      return false;
    }
    // What is cut off in the end for want of a slot takes no start of the minute from what can go out.
    if (this.#hasSlot(kindOf(wish.action))) this.#starts--;
    this.#begun.push(wish);
    if (wish.role === undefined) return true;
    this.#inTown--;
    count(this.#inRig, wish.rigId);
    count(this.#inRole, wish.role);
    count(this.#pushes, wish.rigId);
    return true;
  }

  /** Where the host's breaker lets few through, nobody knows yet which: then one slot is enough for all who ask. */
  #hasSlot(kind: "start" | "landing"): boolean {
    if (this.#town.hosts.probes !== null) return this.#slots[kind] > 0;
    return this.#slots[kind]-- > 0;
  }

  /** Whether its role has room, so that another agent is asked rather than nobody. */
  mayWork = ({ role }: { role: string }): boolean => roomIn(this.#inRole, role) > 0;

  /** Takes back what can't go out now: what the host's breaker does not let through, and what there is no slot for. */
  cutsOff(): ReadonlySet<Action> {
    const cut = this.#town.hosts.probes === null ? this.#beyondSlots() : this.#beyondProbes();
    for (const { action, gate } of cut) this.refused.push({ action, gate });
    return new Set(cut.map(({ action }) => action));
  }

  /** In the order in which the rules have asked. */
  #beyondSlots(): Refused[] {
    const { start, landing, untilMs, full } = this.#town.hosts;
    const left = { start, landing };
    return this.#begun.flatMap(({ action }) => {
      const kind = kindOf(action);
      if (left[kind]-- > 0) return [];
      if (kind === "start" && full) return [{ action, gate: shut("host_full", full.why, full.untilMs) }];
      return [{ action, gate: shut("slot", `as many ${kind}s are being asked of hosts as may be at once`, untilMs) }];
    });
  }

  /**
   * What failed least is let through first: so beads that can't start keep nobody from proving that the host is well. There is
   * a slot for it, unless calls from before the breaker opened still hang.
   */
  #beyondProbes(): Refused[] {
    const { hosts } = this.#town;
    const untilMs = earliest(hosts.untilMs, hosts.full?.untilMs ?? null);
    const gate = shut("breaker", "the host failed again and again, so it is tried with one at a time", untilMs);
    const fits = this.#begun
      .filter(({ action }) => hosts[kindOf(action)] > 0)
      .sort((a, b) => a.failures - b.failures)
      .slice(0, hosts.probes ?? undefined);
    const goes = new Set(fits);
    return this.#begun.flatMap((wish) => (goes.has(wish) ? [] : [{ action: wish.action, gate }]));
  }

  #gateOf({ rigId, role, isNew, touches, gate }: Wish): Gate | null {
    const { paused, draining, hostless, rigs, pushes, nowMs, settings } = this.#town;
    if (paused) return shut("town_paused", "the town is paused", paused.untilMs);
    if (role !== undefined) {
      if (draining) return shut("draining", "the town takes no new runs");
      const declined = pushes.get(rigId)?.gate;
      if (declined && roomIn(this.#pushes, rigId) <= 0) return declined;
      const rig = rigs.get(rigId);
      if (rig?.budget) return rig.budget;
      if (gate) return gate;
      const other =
        touches && this.#begun.find((wish) => wish.rigId === rigId && overlapping(touches, wish.touches ?? []));
      if (other)
        return shut("overlap", "one that begins just now changes the same paths", nowMs + settings.overlapWaitMs);
      if (isNew && rig?.review) return rig.review;
      if (this.#inTown <= 0) return shut("town_cap", "as many runs as the town may have are live");
      if (roomIn(this.#inRig, rigId) <= 0) return shut("rig_cap", `as many runs as rig ${rigId} may have are live`);
      if (roomIn(this.#inRole, role) <= 0) return shut("role_cap", `as many runs as role ${role} may have are live`);
    }
    if (role === undefined && gate) return gate;
    if (hostless) return shut("no_host", "no host is connected");
    if (this.#starts <= 0) return shut("starts_per_minute", "the starts of this minute are used up");
    return null;
  }
}

const kindOf = ({ type }: Beginning) => actions[type].kind;

const shut = (name: Gate["name"], why: string, untilMs: number | null = null): Gate => ({ name, why, untilMs });

const roomIn = (room: ReadonlyMap<string, number>, key: string): number => room.get(key) ?? Number.POSITIVE_INFINITY;

function count(room: Map<string, number>, key: string): void {
  const left = room.get(key);
  if (left !== undefined) room.set(key, left - 1);
}
