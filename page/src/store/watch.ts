/** A loop that hangs tells nobody. So when it should have ticked and nothing was heard, health is asked: at these times and no others. */
import { get, type Health, problemOf } from "../api.ts";
import { townPath } from "../route.ts";
import { health, learn, lose } from "./state.ts";

/** As the town has it: due and not begun for this long is late. */
const LATE_MS = 5_000;
/** While it is not well it is asked so often: what mends it is heard of anyway. */
const UNWELL_MS = 60_000;
/** The browser's timers take no more. */
const LONGEST_MS = 2 ** 31 - 1;
const MARGIN_MS = 250;

const WELL = new Set(["healthy", "idle", "paused", "draining"]);

/** How long from its computation until it may be another without any change of rows. Null: it stays as it is. */
function nextLookMs({ verdict, ...health }: Health): number | null {
  const at = (time: string | null | undefined) => (time ? Date.parse(time) : null);
  const nowMs = at(health.computedAt) ?? 0;
  const startedMs = at(health.lastPollStartedAt);
  const isInFlight = startedMs !== null && startedMs > (at(health.lastPollCompletedAt) ?? 0);
  const dueMs = isInFlight ? startedMs : at(health.nextWakeAt);
  const turnsMs = dueMs === null ? [] : [...(isInFlight ? [] : [dueMs + LATE_MS]), dueMs + health.pollStaleThresholdMs];
  const next = turnsMs.map((ms) => ms + MARGIN_MS - nowMs).find((ms) => ms > 0);
  if (next !== undefined) return WELL.has(verdict) ? next : Math.min(next, UNWELL_MS);
  return WELL.has(verdict) && dueMs === null ? null : UNWELL_MS;
}

export function watchHealth(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async () => {
    try {
      learn({ health: await get<Health>(townPath("/health")) });
    } catch (error) {
      lose(problemOf(error));
    }
  };
  const unsubscribe = health.subscribe((known) => {
    clearTimeout(timer);
    const waitMs = known && nextLookMs(known);
    if (waitMs !== null) timer = setTimeout(look, Math.min(waitMs, LONGEST_MS));
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}
