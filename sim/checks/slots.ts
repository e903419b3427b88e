/** What begins, and beside what: the slots of effects, and the gates that are shut as a request leaves. */
import { readTown } from "../../src/db/town-row.ts";
import type { Kind } from "../../src/lib/lane.ts";
import type { Order } from "../work.ts";
import { oneOf, type Rows, rowsOf, type Scene } from "./scene.ts";

/** The platform opens at most six connections for one invocation. */
const BY_CONNECTIONS: Record<Kind, number> = { start: 3, landing: 1, stop: 1, message: 1, webhook: 1 };
/** Where that is not the bound 32 are given out. */
const OF_MANY: Record<Kind, number> = { start: 18, landing: 8, stop: 4, message: 2, webhook: 1 };

/** So many calls of a kind may be out at one host at a time. */
export const atOnce = ({ connections }: Scene["town"], kind: Kind): number =>
  (connections === 6 ? BY_CONNECTIONS : OF_MANY)[kind];

/** A pass that has more to do than it takes on at once says so by its wake. */
const AT_ONCE_MS = 5;

const KINDS: Record<string, Kind> = {
  dispatch_agent: "start",
  land_bead: "landing",
  stop_run: "stop",
  nudge_run: "message",
};

/** What is due does not wait beside a free slot. */
export function checkSlots(scene: Rows): void {
  const { town, violation } = scene;
  const { life } = town;
  const row = oneOf<{ wake: number | null; clock: number; streak: number; ticks: number }>(
    scene,
    "SELECT t.next_wake_at_ms AS wake, t.clock_ms AS clock, t.error_streak AS streak, t.ticks FROM town t",
  );
  if (
    !row ||
    !life ||
    row.ticks <= life.bornAtTick ||
    row.streak > 0 ||
    (row.wake !== null && row.wake <= row.clock + AT_ONCE_MS)
  )
    return;
  const due = rowsOf<{ action: string; host: string | null; n: number }>(
    scene,
    `SELECT e.action, a.host_id AS host, count(*) AS n FROM effects e JOIN town t ON e.due_at_ms <= t.clock_ms
      LEFT JOIN attempts a ON a.fence = e.fence GROUP BY e.action, a.host_id`,
  );
  for (const { action, host, n } of due) {
    const kind = KINDS[action] as Kind;
    const out = town.inFlight.lanes().filter((lane) => lane.kind === kind && lane.host === host).length;
    if (out < atOnce(town, kind)) violation(`slots: ${n} of ${action} are due at ${host}, and only ${out} run`);
  }
}

/** What people have said, as it is committed now, against what is about to begin; null: nothing. */
export function shutBefore(scene: Scene, { kind, order }: Order): string | null {
  const town = readTown(scene.town.tx);
  if (town.paused) return "the town is paused";
  const rig = oneOf(scene, "SELECT 1 AS x FROM rigs WHERE id = ? AND paused IS NOT NULL", order.rig.id);
  if (rig) return "its rig is paused";
  const isThere = "SELECT 1 AS x FROM hosts WHERE id = ? AND enabled AND connected_at_ms IS NOT NULL";
  if (order.host !== null && !oneOf(scene, isThere, order.host)) return "its host is gone or disabled";
  if (kind === "landing") return null;
  if (town.draining) return "the town drains";
  const agent = oneOf(
    scene,
    "SELECT 1 AS x FROM agents WHERE id = ? AND (paused IS NOT NULL OR NOT enabled)",
    order.agent,
  );
  return agent ? "its agent is paused or disabled" : null;
}
