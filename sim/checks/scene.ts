import type { Settings } from "../../src/lib/settings.ts";
import type { Clockwork } from "../clockwork.ts";
import type { Value } from "../engine.ts";
import type { Faults } from "../faults.ts";
import type { SimHost } from "../host.ts";
import type { Lasting } from "../lasting.ts";
import type { Remotes } from "../remotes.ts";
import type { SimTown } from "../town.ts";
import type { EarlierWork } from "./earlier-work.ts";
import type { Settlements } from "./settlements.ts";

/** What the checks look at. */
export interface Scene {
  readonly world: Clockwork;
  readonly faults: Faults;
  readonly town: SimTown;
  readonly hosts: readonly SimHost[];
  readonly settings: Settings;
  /** The longest lease that any host may have been told. */
  readonly longestLeaseMs: number;
  /** When the town's clock last jumped, by true time; what it stamped before can't be compared with what it stamps now. */
  jumpedAtMs: number;
  /** When a person last began to say that a rig is mended, by the town's clock: its beads are tried at once then. */
  readonly mendedAtMs: Map<string, number>;
  /** Null: the hosts have addresses. */
  readonly joined: {
    isDisowned(host: string, fence: number): boolean;
    readonly knockedAtMs: ReadonlyMap<string, number>;
  } | null;
  readonly settlements: Settlements;
  readonly remotes: Remotes;
  readonly earlier: EarlierWork;
  /** What is wrong for long, by the world's own account. */
  readonly lasting: Lasting;
  violation(text: string): void;
}

/** All that a check needs which goes by rows alone. */
export type Rows = Pick<Scene, "town" | "violation">;

export type Row = Record<string, Value>;

/** Rows as they are committed now. */
export function rowsOf<T extends Row>({ town }: Pick<Scene, "town">, query: string, ...bindings: Value[]): T[] {
  return town.looks.exec(query, ...bindings).toArray() as T[];
}

export const oneOf = <T extends Row>(scene: Pick<Scene, "town">, query: string, ...bindings: Value[]): T | undefined =>
  rowsOf<T>(scene, query, ...bindings)[0];

export interface Breaker {
  fence: number;
  failures: number;
  sinceMs: number;
  openUntilMs: number | null;
  failure: { atMs: number };
}

/** Of the host that this attempt was, or was to be, at. */
export function breakerOf(scene: Pick<Scene, "town">, fence: number): Breaker | null {
  const row = oneOf<{ breaker: string | null }>(
    scene,
    `SELECT CASE WHEN a.host_id IS NULL THEN t.breaker ELSE (SELECT h.breaker FROM hosts h WHERE h.id = a.host_id) END AS breaker
      FROM town t LEFT JOIN attempts a ON a.fence = ?`,
    fence,
  );
  return JSON.parse(row?.breaker ?? "null") as Breaker | null;
}

/** How long a start may have been preceded by a jump of the clock before stored times mean what they say again. */
export const steady = ({ world, jumpedAtMs }: Scene): boolean => world.nowMs - jumpedAtMs > 2 * 3_600_000;
