/** When an attempt may begin: as many start in a minute as may, and none beside one that may still run. */
import { and, eq, gt, lte } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { attempts, type Bead } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { Settings } from "../lib/settings.ts";
import { untilDead } from "./policy.ts";

const MINUTE_MS = 60_000;

const startedBack = prepared((tx) =>
  tx
    .select({ atMs: attempts.startedAtMs })
    .from(attempts)
    .where(
      and(
        eq(attempts.fence, slot("fence")),
        gt(attempts.startedAtMs, slot("sinceMs")),
        lte(attempts.startedAtMs, slot("nowMs")), // the clock may have gone back
      ),
    )
    .prepare(),
);

/**
 * When the next attempt may begin, if the starts of this minute are used up; else null. Fences have no gaps, so the
 * attempt that began `startsPerMinute` ago is one lookup, however long the history is.
 */
export function startsAgainAtMs(
  tx: Tx,
  lastFence: number,
  nowMs: number,
  { startsPerMinute }: Settings,
): number | null {
  const row = began(tx, lastFence - startsPerMinute + 1, nowMs);
  return row ? row.atMs + MINUTE_MS : null;
}

/** An attempt of this minute; undefined: it began before that, or there is none. */
const began = (tx: Tx, fence: number, nowMs: number) =>
  fence < 1 ? undefined : startedBack(tx).get({ fence, nowMs, sinceMs: nowMs - MINUTE_MS });

/** How many attempts may begin now, up to those that are wanted: mostly one look. */
export function startsLeft(tx: Tx, lastFence: number, nowMs: number, settings: Settings, wanted: number): number {
  const { startsPerMinute } = settings;
  // What a claim will ask. After a jump of the clock a newer attempt may lie in the future and an older one not.
  if (wanted > 0 && startsAgainAtMs(tx, lastFence, nowMs, settings) !== null) return 0;
  let left = Math.min(wanted, startsPerMinute);
  while (left > 1 && began(tx, lastFence - startsPerMinute + left, nowMs)) left--; // the last one was asked for above
  return left;
}

/** Where the last start may still be running on a host out of reach, not even a person may start another beside it. */
export function earliestTry(tx: Tx, { fence }: Bead, nowMs: number): number {
  if (fence === null) return nowMs;
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, fence)).get();
  return attempt ? Math.max(nowMs, untilDead(attempt)) : nowMs;
}
