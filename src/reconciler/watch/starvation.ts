/** Work and free agents that stand beside each other with no run begun, or landings that no host is there for. */
import { definitionOf } from "../../actions/index.ts";
import type { Tx } from "../../db/client.ts";
import type { TownRow } from "../../db/schema.ts";
import type { Refused } from "../allowance.ts";
import { gateNamed } from "../gates/index.ts";
import { noHost } from "../gates/no-host.ts";
import { STARVED_AFTER_MS } from "../limits.ts";
import type { Planned } from "../plan-and-claim.ts";
import { isStarving } from "./conditions.ts";

/** @returns since when; null: it is not so. A landing that begins feeds no agent. */
export function starvingSince(
  tx: Tx,
  before: TownRow,
  after: TownRow,
  { launches, refused, wakeInputs }: Planned,
  nowMs: number,
): number | null {
  const dispatched = launches.some(({ action }) => definitionOf(action).isProductive);
  if (dispatched || (refused.length > 0 && refused.every(isMeant))) return null;
  if (after.paused || after.draining) return null;
  const isLanding = refused.some(({ gate }) => gate.name === noHost.name);
  if (wakeInputs?.unsettledRigs.size === 0 && !isLanding) return null;
  return isStarving(tx, after, nowMs) ? (before.starvingSinceMs ?? nowMs) : null;
}

/** An operator wants it so, or the host's breaker says on its own why nothing starts. */
const isMeant = ({ gate }: Refused): boolean => !gateNamed(gate.name)?.mayStarve;

/** When it becomes an incident. Once it is one, it ends with what ends it, and has no wake. */
export const starvedAtMs = (sinceMs: number | null, nowMs: number): number | null =>
  sinceMs !== null && sinceMs + STARVED_AFTER_MS > nowMs ? sinceMs + STARVED_AFTER_MS : null;
