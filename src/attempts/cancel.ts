import { endCancelled } from "../beads/over.ts";
import type { Tx } from "../db/client.ts";
import type { Bead } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { stopAttemptOf } from "./stop.ts";

/** The bead is cancelled, and what runs for it is called off by its fence, in one step. */
export function cancelBead(tx: Tx, bead: Bead, reason: string, ctx: StepContext): Bead {
  const stopped = stopAttemptOf(tx, bead.id, ctx);
  // An agent that is stopping has let go of it already.
  return endCancelled(tx, stopped ? { ...bead, agentId: null } : bead, reason, ctx);
}
