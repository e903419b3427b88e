import type { Mutant } from "./mutant.ts";

const LOOP = "src/reconciler/loop.ts";
const WAKE = "src/reconciler/wake.ts";
const ALL_DUE = "earliest(effect?.at, lease?.at, event?.at, backoff?.at)";
const without = (due: string) => [
  { file: WAKE, find: ALL_DUE, replace: ALL_DUE.replace(`${due}?.at`, `${due} === null ? 0 : null`) },
];

/** When the loop comes back. */
export const wakes: readonly Mutant[] = [
  { name: "wake-ignores-leases", why: "a lost run is found when somebody else has news", edits: without("lease") },
  { name: "wake-ignores-backoffs", why: "the next try waits for somebody else's news", edits: without("backoff") },
  { name: "wake-ignores-effects", why: "a start whose town died is never asked for again", edits: without("effect") },
  { name: "wake-ignores-events", why: "a fact that was put off stays put off", edits: without("event") },
  {
    name: "wake-in-the-past",
    why: "`setAlarm(now)` can stick, and a loop that is always due burns money",
    edits: [
      {
        file: "src/reconciler/pass.ts",
        find: "return Math.max(due, nowMs + (due > nowMs || progressed ? MIN_WAKE_MS : IDLE_WAKE_MS));",
        replace: "return Math.min(due, nowMs + (progressed ? 0 : 0 * MIN_WAKE_MS * IDLE_WAKE_MS));",
      },
    ],
  },
  {
    name: "alarm-armed-last",
    why: "a town that dies while an effect is in flight has no alarm to wake it",
    edits: [
      {
        file: LOOP,
        find: "this.#arm(result.wakeAtMs);\n        return result;",
        replace: "return result;",
      },
      {
        file: LOOP,
        find: "return { outcomes: pass.outcomes, done: this.#launch(pass.launches) };",
        replace: `const done = this.#launch(pass.launches);
    done.then(() => this.#arm(pass.wakeAtMs)).catch(() => {});
    return { outcomes: pass.outcomes, done };`,
      },
    ],
  },
  {
    name: "no-dead-man",
    why: "an alarm whose tick takes the object with it was the last one",
    edits: [
      { file: LOOP, find: "alarm.set(clock.now() + DEAD_MAN_MS);", replace: "void [alarm, clock, DEAD_MAN_MS];" },
    ],
  },
  {
    name: "lost-alarm-stays-lost",
    why: "a town whose alarm the platform dropped sleeps through every question",
    edits: [{ file: LOOP, find: "if (wakeAtMs !== null && (", replace: "if (wakeAtMs !== null && wakeAtMs < 0 && (" }],
  },
  {
    name: "alarm-throws",
    why: "an alarm that throws is retried a few times and then dropped for ever",
    edits: [
      {
        file: LOOP,
        find: "log(`the loop could not even record",
        replace: "throw error;\n      log(`the loop could not even record",
      },
    ],
  },
  {
    name: "failed-tick-not-rearmed",
    why: "a tick that failed on somebody's news leaves the news to the next news",
    edits: [{ file: LOOP, find: "alarm.set(wakeAtMs);\n    });", replace: "void alarm;\n    });" }],
  },
  {
    name: "failed-ticks-at-full-speed",
    why: "a broken town fails once a second for ever",
    edits: [
      {
        file: LOOP,
        find: "errorStreak: sql`",
        replace: "errorStreak: 1 || sql`",
      },
    ],
  },
  {
    name: "lease-never-ends",
    why: "a run whose host died is at work for ever",
    edits: [
      {
        file: "src/reconciler/rules/expire-leases.ts",
        find: "expired.map(",
        replace: "expired.slice(0, 0).map(",
      },
    ],
  },
  {
    name: "lease-never-renewed",
    why: "every run longer than a lease is taken for lost, whatever it says",
    edits: [
      {
        file: "src/db/attempts/hold.ts",
        find: ".set({ ...heard, leaseUntilMs: nowMs + settings.leaseMs })",
        replace: ".set({ ...heard, ...(nowMs < 0 && { leaseUntilMs: settings.leaseMs }) })",
      },
    ],
  },
];
