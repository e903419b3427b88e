/**
 * A loop that hangs, or storage that does, tells nobody. So health is asked when the loop should have ticked and nothing was heard, and
 * else now and then, while somebody looks.
 */
import { get, type Health, problemOf } from "../api.ts";
import { townPath } from "../route.ts";
import { health, learnHealth, lose } from "./state.ts";

/** As the town has it: due and not begun for this long is late. */
const LATE_MS = 5_000;
/** While it is not well it is asked so often: what mends it is heard of anyway. */
const UNWELL_MS = 60_000;
/** Whether anything answers at all is asked so often, while somebody looks; and when somebody looks again, after so long. */
const AT_LEAST_MS = 300_000;
const AGAIN_MS = 30_000;
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
  let lookedAtMs = Date.now();
  const look = async () => {
    if (document.hidden) return;
    lookedAtMs = Date.now();
    try {
      learnHealth(await get<Health>(townPath("/health")));
    } catch (error) {
      lose(problemOf(error), { by: "health" });
      timer = setTimeout(look, UNWELL_MS);
    }
  };
  const lookAgain = () => {
    if (!document.hidden && health.peek() && Date.now() - lookedAtMs > AGAIN_MS) void look();
  };
  const unsubscribe = health.subscribe((known) => {
    clearTimeout(timer);
    if (known) timer = setTimeout(look, Math.min(nextLookMs(known) ?? AT_LEAST_MS, AT_LEAST_MS));
  });
  document.addEventListener("visibilitychange", lookAgain);
  return () => {
    clearTimeout(timer);
    unsubscribe();
    document.removeEventListener("visibilitychange", lookAgain);
  };
}
