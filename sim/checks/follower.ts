import { changedSince } from "../../src/db/changes.ts";
import type { World } from "../world.ts";
import { rowsOf } from "./scene.ts";

/** What people see of each row, by the name under which it is told to have changed. */
const SHOWN: readonly [kind: string, key: string, table: string, columns: string][] = [
  [
    "bead",
    "id",
    "beads",
    "title, body, priority, status, acceptance, labels, parent_id, convoy_id, hold, blocked_by, agent_id, fence, failures, dispatch_failures, reworks, not_before_ms, last_failure, branch, head, closed_as",
  ],
  ["convoy", "id", "convoys", "title, state, head"],
  [
    "agent",
    "id",
    "agents",
    "status, bead_id, fence, enabled, paused, provider, troubles, trouble, not_before_ms, preflight",
  ],
  ["attempt", "fence", "attempts", "state, host_id, accepted_at_ms, ended_at_ms, failure, branch, head"],
  ["rig", "id", "rigs", "default_branch, gate, paused, max_agents, max_in_review, landing_trouble, push_trouble"],
  ["host", "id", "hosts", "enabled, connected_at_ms, boot_id, breaker, full"],
  ["provider", "id", "providers", "troubles, trouble, not_before_ms"],
  ["incident", "id", "incidents", "cause, closed_at_ms, healed_by"],
  ["town", "id", "town", "settings, paused, draining, breaker, full"],
];

/** One each: the platform joins only a few of them. */
const QUERIES = SHOWN.map(
  ([kind, key, table, columns]) => `SELECT '${kind} ' || ${key} AS name, json_array(${columns}) AS shown FROM ${table}`,
);

/** All rows are read for it: a look now and then finds what was forgotten in any commit since the last one. */
const COMMITS_BETWEEN = 40;

/** Somebody who looks only at what the town says has changed, and comes back now and then: such a one misses nothing. */
export class Follower {
  #known: ReadonlyMap<string, string> | null = null;
  #after = 0;
  #commits = 0;
  #excuse = "";
  #wasAnything = false;

  check(world: World, always = false): void {
    const { town, lasting, faults } = world;
    if (!always && town.commits - this.#commits < COMMITS_BETWEEN) return;
    this.#commits = town.commits;
    // What a disaster writes behind the town's back it can tell of once it has found it.
    if (lasting.damaged !== lasting.found) {
      this.#known = null;
      return;
    }
    const rows = QUERIES.flatMap((query) => rowsOf<{ name: string; shown: string }>(world, query));
    const present = new Map(rows.map(({ name, shown }) => [name, shown]));
    const { tick, changes } = changedSince(town.tx, this.#after);
    const excuse = `${faults.hits.storageFails} ${lasting.damaged} ${lasting.disk !== null}`;
    const isAnything = changes[0] === "*";
    if (!isAnything) this.#compare(world, present, new Set(changes));
    else if (this.#known && excuse === this.#excuse && !this.#wasAnything)
      world.violation("feed: what has changed is not known any more");
    // What no tick could keep is told of until one does, and with that one once more.
    this.#wasAnything = isAnything;
    this.#known = present;
    this.#after = tick;
    this.#excuse = excuse;
  }

  #compare(world: World, present: ReadonlyMap<string, string>, changes: ReadonlySet<string>): void {
    if (!this.#known) return;
    for (const name of new Set([...this.#known.keys(), ...present.keys()]))
      if (this.#known.get(name) !== present.get(name) && !changes.has(name))
        world.violation(`feed: ${name} has changed and is not told of since ${this.#after}`);
  }
}
