/** What is written where a pass was rolled back: in a transaction of its own, and as little as will do. */
import type { Tx } from "../db/client.ts";
import { town } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { backoffMs } from "../lib/backoff.ts";
import { messageOf } from "../lib/text.ts";
import type { Alarm } from "../ports/ports.ts";
import { followClock } from "./clock.ts";
import type { Complaints } from "./complaints.ts";
import { type Settled, settleEffect } from "./effects.ts";
import type { Came } from "./gathering.ts";
import { keepFailedTick, keepOutcome, nothingRead } from "./history.ts";
import { type Fact, keepFact } from "./ingest.ts";
import { ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS } from "./limits.ts";
import { recordFailure } from "./record.ts";
import { noticeFailing } from "./watch/incidents.ts";

interface Loop {
  /** In a transaction of its own, beside passes. */
  beside<T>(body: (tx: Tx) => T): T;
  complaints: Complaints;
}

interface Moment {
  nowMs: number;
  random: () => number;
  alarm: Alarm;
}

/**
 * The whole pass was rolled back. @returns what there is to say of it
 * @throws if not even that can be written
 */
export function putOnRecord(
  { facts, keepsFacts, settled }: Came,
  error: unknown,
  moment: Moment,
  { beside, complaints }: Loop,
): string[] {
  for (const each of settled) {
    try {
      beside((tx) => settleAlone(tx, each, moment));
    } catch (why) {
      complaints.about(why, "an effect could not be settled; its dead-man stands");
    }
  }
  const failed = { facts, keepsFacts, lastError: messageOf(error) };
  return complaints.heard("the loop could not even record its failure; the dead-man alarm stands", () =>
    beside((tx) => recordFailedPass(tx, failed, moment)),
  );
}

/** While passes fail, an outcome that is known is settled all the same, and the pass that should follow has its alarm. */
function settleAlone(tx: Tx, settled: Settled, { nowMs, random, alarm }: Moment): void {
  const { launch, settlement } = settled;
  const row = readTown(tx);
  followClock(tx, row, nowMs);
  settleEffect(tx, launch.id, settlement, { nowMs, random, settings: row.settings }, launch);
  keepOutcome(tx, settled, nowMs, nothingRead);
  const wakeAtMs = nowMs + ERROR_BACKOFF_BASE_MS;
  tx.update(town).set({ nextWakeAtMs: wakeAtMs }).run();
  alarm.set(wakeAtMs);
}

/** Facts are kept, the failure is on record, and the loop comes back. @returns what there is to say of it */
function recordFailedPass(
  tx: Tx,
  { facts, keepsFacts, lastError }: { facts: readonly Fact[]; keepsFacts: boolean; lastError: string },
  { nowMs, random, alarm }: Moment,
): string[] {
  const row = recordFailure(tx, { nowMs, lastError, received: keepsFacts ? facts.length : 0 });
  keepFailedTick(tx, row?.ticks ?? 0, nowMs, lastError);
  if (keepsFacts) for (const fact of facts) keepFact(tx, fact, nowMs, lastError, 0, { random });
  const errorStreak = row?.streak ?? 1;
  const wakeAtMs = nowMs + backoffMs(errorStreak, ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS, random());
  tx.update(town).set({ nextWakeAtMs: wakeAtMs }).run();
  alarm.set(wakeAtMs);
  return noticeFailing(tx, { errorStreak, lastError }, nowMs);
}
