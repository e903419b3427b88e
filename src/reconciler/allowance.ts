import { type Action, actions, type Beginning } from "../actions/index.ts";
import { overlapping } from "../lib/paths.ts";
import { leftIn, type PlanFacts } from "./gates/gate.ts";
import { firstShut, type Gate, shutByHosts } from "./gates/index.ts";
import type { Snapshot } from "./types.ts";

export interface Refused {
  action: Beginning;
  gate: Gate;
}

/** What wants to begin, and where. */
export interface Wish {
  action: Beginning;
  rigId: string;
  /** Consecutive failures of the host with this bead. */
  failures: number;
  /** Its agent's role; a landing has none. */
  role?: string;
  /** Work that is begun anew, rather than gone on with. */
  isNew?: boolean;
  /** Paths it is likely to change. */
  touches?: readonly string[];
  /** What the bead itself waits for. */
  gate?: Gate | null;
  /** All agents that are free are kept apart from it, and the first only until then. */
  barredUntilMs?: number | null;
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
    this.#inTown = town.runsLeft.town;
    this.#inRig = new Map(town.runsLeft.rigs);
    this.#inRole = new Map(town.runsLeft.roles);
    this.#pushes = new Map([...town.pushes].map(([rigId, { left }]) => [rigId, left]));
  }

  /** Whether it may begin: then it counts, and is planned. */
  begins(wish: Wish): boolean {
    const gate = firstShut(this.#factsOf(wish), wish.gate ?? null);
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

  /** Where the host's breaker lets few through, it is not known yet which: then one slot is enough for all that ask. */
  #hasSlot(kind: "start" | "landing"): boolean {
    if (this.#town.hosts.probes !== null) return this.#slots[kind] > 0;
    return this.#slots[kind]-- > 0;
  }

  /** Whether its role has room, so that another agent is asked rather than none. */
  mayWork = ({ role }: { role: string }): boolean => leftIn(this.#inRole, role) > 0;

  /** Takes back what can't go out now: what the host's breaker does not let through, and what there is no slot for. */
  cutsOff(): ReadonlySet<Action> {
    const cut = this.#town.hosts.probes === null ? this.#beyondSlots() : this.#beyondProbes();
    for (const { action, gate } of cut) this.refused.push({ action, gate });
    return new Set(cut.map(({ action }) => action));
  }

  /** In the order in which the rules have asked. */
  #beyondSlots(): Refused[] {
    const left = { start: this.#town.hosts.start, landing: this.#town.hosts.landing };
    return this.#begun.flatMap(({ action }) => (left[kindOf(action)]-- > 0 ? [] : this.#beyond(action, null)));
  }

  /**
   * What failed least is let through first: so beads that can't start keep no other from proving that the host is well. There is
   * a slot for it, unless calls from before the breaker opened still hang.
   */
  #beyondProbes(): Refused[] {
    const { hosts } = this.#town;
    const fits = this.#begun
      .filter(({ action }) => hosts[kindOf(action)] > 0)
      .sort((a, b) => a.failures - b.failures)
      .slice(0, hosts.probes ?? undefined);
    const goes = new Set(fits);
    return this.#begun.flatMap((wish) => (goes.has(wish) ? [] : this.#beyond(wish.action, 0)));
  }

  /** What hosts say once all that fits is begun. */
  #beyond(action: Beginning, probes: 0 | null): Refused[] {
    const { hosts, hostless } = this.#town;
    const kind = kindOf(action);
    const gate = shutByHosts({ kind, hostless, hosts: { ...hosts, [kind]: 0, probes } });
    return gate ? [{ action, gate }] : [];
  }

  #factsOf({ action, rigId, role, isNew = false, touches, barredUntilMs = null }: Wish): PlanFacts {
    const { paused, draining, hostless, rigs, pushes, nowMs, settings, hosts } = this.#town;
    const declined = pushes.get(rigId);
    const isMet =
      touches?.length && this.#begun.some((wish) => wish.rigId === rigId && overlapping(touches, wish.touches ?? []));
    return {
      nowMs,
      settings,
      kind: kindOf(action),
      isNew,
      town: { paused, draining },
      rigId,
      pushes: declined ? { ...declined, left: leftIn(this.#pushes, rigId) } : null,
      landingTrouble: null,
      spent: rigs.get(rigId)?.spent ?? null,
      overlap: isMet
        ? { what: "one that begins just now changes the same paths", untilMs: nowMs + settings.overlapWaitMs }
        : null,
      review: rigs.get(rigId)?.review ?? null,
      runsLeft: { town: this.#inTown, rigs: this.#inRig, roles: this.#inRole },
      roles: role === undefined ? [] : [role],
      hostless,
      hosts,
      starts: { left: this.#starts, againMs: null },
      repeated: null,
      barredUntilMs,
    };
  }
}

const kindOf = ({ type }: Beginning) => actions[type].kind;

function count(room: Map<string, number>, key: string): void {
  const left = room.get(key);
  if (left !== undefined) room.set(key, left - 1);
}
