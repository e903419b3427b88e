import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { attempts, type Bead } from "../db/schema.ts";
import { untilDead } from "./policy.ts";

/** Where the last start may still be running on a host out of reach, not even a person may start another beside it. */
export function earliestTry(tx: Tx, { fence }: Bead, nowMs: number): number {
  if (fence === null) return nowMs;
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, fence)).get();
  return attempt ? Math.max(nowMs, untilDead(attempt)) : nowMs;
}
