/** What was spent today, by the calendar of who looks: of the attempts that are known. */
import { computed } from "@preact/signals";
import { now } from "../clock.ts";
import { attempts } from "./state.ts";

const MINUTE_MS = 60_000;
/** While something runs its time goes on, and a minute's grain is enough. */
const minute = computed(() => Math.floor(now.value / MINUTE_MS) * MINUTE_MS);

export const spentToday = computed(() => {
  const todayMs = new Date(minute.value).setHours(0, 0, 0, 0);
  let ms = 0;
  let usd = 0;
  let untold = 0;
  for (const { kind, startedAt, endedAt, usage } of attempts.value) {
    if (kind !== "run" || startedAt === null || Date.parse(startedAt) < todayMs) continue;
    ms += Math.max(0, (endedAt === null ? minute.value : Date.parse(endedAt)) - Date.parse(startedAt));
    usd += usage?.costUsd ?? 0;
    if ((usage?.costUsd ?? null) === null) untold++;
  }
  return { ms, usd, untold };
});
