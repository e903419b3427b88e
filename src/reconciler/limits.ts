/**
 * Who shuts a gate is answered when the starts that have left already are there, so that none arrives after the answer. A host
 * answers them in milliseconds; one that hangs is not waited for.
 */
export const STARTS_ARRIVE_MS = 2_000;

/** Past its deadline an effect is settled as timed out at once; the dead-man waits this much longer for a dead runner. */
export const DEAD_MAN_GRACE_MS = 5_000;

/** An effect whose runner died this often probably kills it. It is rolled back instead. */
export const MAX_EFFECT_TRIES = 5;

/** What comes while a commit is on its way to disk goes into one pass: so many requests and outcomes. A report has up to fifty facts. */
export const GATHERED_AT_MOST = 30;

/** A commit takes milliseconds; after this long what comes does not wait for it. */
export const GATHERED_FOR_MS = 1_000;

/** Nobody waits for an accepted start or landing: it goes with what comes next, and by itself when so long nothing has come. */
export const NEXT_WITHIN_MS = 10;

/** Rows of each kind a pass takes on. What is left over wakes the loop again at once. */
export const BATCH = 50;

/** Planning and applying repeat until nothing is planned; a chain longer than this waits for the next wake. */
export const MAX_ROUNDS = 5;

/** An event that throws this often is quarantined. */
export const MAX_EVENT_TRIES = 5;

/** `setAlarm(now)` can stick; a few milliseconds later does not. */
export const MIN_WAKE_MS = 5;

/**
 * Signs of life come by the million, and each would write the town's row only to say when it came: what they count is kept in
 * memory for so long at most. Should it be lost, they were not counted; nothing is decided by it.
 */
export const RECORD_EVERY_MS = 30_000;

/** When a pass did nothing and still says "now", something is wrong: never spin faster than this. */
export const IDLE_WAKE_MS = 1_000;

export const DAY_MS = 86_400_000;

/** The platform takes no alarm of the far future, and a row may say anything: look again after this long at the latest. */
export const MAX_SLEEP_MS = 30 * DAY_MS;

/** A tick that throws is tried again after 1 s, 2 s, 4 s … a minute. */
export const ERROR_BACKOFF_BASE_MS = 1_000;
export const ERROR_BACKOFF_CAP_MS = 60_000;

/** Armed before any work: brings the loop back when a tick takes its object with it. */
export const DEAD_MAN_MS = 30_000;

/** An alarm is put off so often at most: a town that begins one thing after the other would move it back each time. */
export const PUT_OFF_EVERY_MS = 10_000;

/** An alarm first waits for the disk, which takes milliseconds; after this long it will not come back. */
export const ALARM_HANGS_MS = 10_000;

/** A hook is let go when its bead waits longer than this and other work is ready. */
export const LONG_BACKOFF_MS = 20_000;

/** The loop has no interval of its own, so a minute is the least after which it may count as stale. */
export const POLL_STALE_FLOOR_MS = 60_000;

/** Due and not begun for this long is late: worth showing, not worth waking an operator. */
export const LATE_AFTER_MS = 5_000;

/** Consecutive ticks that fail before the operator is told: one or two mend themselves. */
export const FAILING_STREAK = 3;

/** The same action on the same target, so many times within the window, with nothing to show for it. */
export const SPINNING_TIMES = 5;
export const SPINNING_WINDOW_TICKS = 50;

/** An action that was throttled, and is not planned again for this long after, spins no more; longer than it is ever throttled. */
export const REPEATS_REMEMBERED_MS = 5 * 60_000;

/** How many are remembered. Were there more, all is broken, and the rest is tried again with the next tick. */
export const REPEATS_KEPT = 200;

/** Work and hands beside each other for this long, and nothing started. */
export const STARVED_AFTER_MS = 5 * 60_000;

/** All rows are read for it: not more often, as long as none is found that can't be read. */
export const LOOK_THROUGH_MS = 60_000;
