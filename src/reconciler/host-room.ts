/** What hosts may be asked to begin now: by the slots that are free, and by their breakers. */
import { probesLeft } from "../attempts/breaker.ts";
import type { HostThere } from "../attempts/hosts.ts";
import { placesLeft } from "../attempts/room.ts";
import type { Tx } from "../db/client.ts";
import { earliest } from "../lib/time.ts";
import type { Slots } from "./slots.ts";

export interface HostRoom {
  /** How many of each all hosts together may be asked for. */
  readonly start: number;
  readonly landing: number;
  /**
   * Every host that is there failed again and again: so many may try whether one is well, starts and landings together. Null:
   * one is well at least.
   */
  readonly probes: number | null;
  /** When the first of them that is left alone is tried again. */
  readonly untilMs: number | null;
  /** What failed on the first of them that has consecutive failures. */
  readonly broken: string | null;
  /** Which one that is. Null: the town's own, or none. */
  readonly brokenHost: string | null;
  /** Hosts have no place for more starts than these, and when the first of them is tried all the same. Null: places are not what is short. */
  readonly full: { why: string; untilMs: number | null } | null;
}

/** @param there the hosts that may be given work */
export function hostRoom(tx: Tx, there: readonly HostThere[], slots: Slots, nowMs: number): HostRoom {
  let [start, landing, probes, well, trials] = [0, 0, 0, 0, 0];
  let untilMs: number | null = null;
  let full = null as HostRoom["full"];
  let [broken, brokenHost] = [null, null] as [string | null, string | null];
  for (const { id, breaker, full: room } of there) {
    const lane = { kind: "start" as const, host: id };
    const name = id === null ? "the host" : `host ${id}`;
    if (breaker && broken === null) {
      broken = `${name} failed ${breaker.failures} times in a row: ${breaker.failure.message}`;
      brokenHost = id;
    }
    slots.hasPlaces(id, placesLeft(room, nowMs));
    if (room && slots.left(lane) < slots.leftOfSlots(lane)) {
      const opensMs = room.untilMs !== null && room.untilMs > nowMs ? room.untilMs : null;
      full = { why: `${name} has no room: ${room.message}`, untilMs: earliest(full?.untilMs ?? null, opensMs) };
    }
    const left = probesLeft(tx, id, breaker, nowMs);
    const [starts, landings] = [slots.left(lane), slots.left({ kind: "landing", host: id })];
    if (left === null) {
      well++;
      start += starts;
      landing += landings;
      continue;
    }
    probes += left;
    // Beside others that are well, a start finds out; alone, with any room.
    start += Math.min(left, starts);
    trials += Math.min(left, landings);
    const opensMs = breaker?.openUntilMs ?? null;
    if (opensMs !== null && opensMs > nowMs) untilMs = earliest(untilMs, opensMs);
  }
  const found = { start, untilMs, broken, brokenHost, full };
  if (well > 0 || there.length === 0) return { ...found, landing, probes: null };
  return { ...found, landing: trials, probes };
}
