import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";
import type { Begun } from "./begin.ts";
import { endPauses } from "./pauses.ts";

export type Expired = ReturnType<typeof endPauses>;

/** What ends by itself holds no more from here on. */
export function expire(tx: Tx, { ctx }: Begun): Expired {
  return endPauses(tx, readTown(tx), ctx);
}
