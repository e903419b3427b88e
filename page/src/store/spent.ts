/** What was spent today, by the calendar of who looks: of the attempts that began today and are known. */
import { computed } from "@preact/signals";
import { now } from "../clock.ts";
import { attempts, attemptsSinceMs } from "./state.ts";

const MINUTE_MS = 60_000;
/** While something runs its time goes on, and a minute's grain is enough. */
const minute = computed(() => Math.floor(now.value / MINUTE_MS) * MINUTE_MS);

export const spentToday = computed(() => {
  const todayMs = new Date(minute.value).setHours(0, 0, 0, 0);
  let ms = 0;
  let usd = 0;
  let told = 0;
  let untold = 0;
  for (const { kind, startedAt, endedAt, usage } of attempts.value) {
    if (kind !== "run" || startedAt === null || Date.parse(startedAt) < todayMs) continue;
    ms += Math.max(0, (endedAt === null ? minute.value : Date.parse(endedAt)) - Date.parse(startedAt));
    usd += usage?.costUsd ?? 0;
    if ((usage?.costUsd ?? null) === null) untold++;
    else told++;
  }
  const { value: sinceMs } = attemptsSinceMs;
  // Where not all of them are known it is at least so much; and of none before the first have come.
  return { ms, usd, told, untold, isWhole: sinceMs < todayMs, isKnown: sinceMs < Number.POSITIVE_INFINITY };
});
