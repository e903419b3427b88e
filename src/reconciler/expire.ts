import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";
import type { Begun } from "./begin.ts";
import { endPauses } from "./pauses.ts";

export type Expired = ReturnType<typeof endPauses>;

/** What ends by itself, and what was set by a command: both hold from now on, not from the next tick. */
export function expire(tx: Tx, { ctx }: Begun): Expired {
  ctx.settings = readTown(tx).settings;
  return endPauses(tx, readTown(tx), ctx.nowMs);
}
