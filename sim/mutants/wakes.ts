import type { Mutant } from "./mutant.ts";

const LOOP = "src/reconciler/loop.ts";
const ARMING = "src/reconciler/arming.ts";
const WAKE = "src/reconciler/wake.ts";
const without = (find: string, replace: string) => [{ file: WAKE, find, replace }];

/** When the loop comes back. */
export const wakes: readonly Mutant[] = [
  {
    name: "wake-ignores-leases",
    why: "a lost run is found when somebody else has news",
    edits: without("live.leaseMs, nextEventMs", "nowMs < 0 ? live.leaseMs : null, nextEventMs"),
  },
  {
    name: "wake-ignores-backoffs",
    why: "the next try waits for somebody else's news",
    edits: without("AND status IN ('open', 'in_progress', 'in_review')", "AND status IN ('none')"),
  },
  {
    name: "wake-ignores-effects",
    why: "a start whose town died is never asked for again",
    edits: without("earliest(effectMs, live", "earliest(nowMs < 0 ? effectMs : null, live"),
  },
  {
    name: "wake-ignores-events",
    why: "a fact that was put off stays put off",
    edits: without("FROM events WHERE ", "FROM events WHERE 0 AND "),
  },
  {
    name: "wake-ignores-cool-downs",
    why: "an agent that has cooled down gets work when somebody else has news",
    edits: without("keepsEvents), coolMs, backoffMs)", "keepsEvents), nowMs < 0 ? coolMs : null, backoffMs)"),
  },
  {
    name: "wake-ignores-the-pace",
    why: "what waits for the next minute waits for somebody else's news",
    edits: without("isPaced ? startsAgainAtMs", "isPaced && nowMs < 0 ? startsAgainAtMs"),
  },
  {
    name: "wake-in-the-past",
    why: "`setAlarm(now)` can stick, and a loop that is always due burns money",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "Math.min(Math.max(due, soonestMs), latestMs)",
        replace: "Math.min(due, soonestMs + latestMs)",
      },
    ],
  },
  {
    name: "alarm-armed-last",
    why: "a town that dies while an effect is in flight has no alarm to wake it",
    edits: [
      {
        file: LOOP,
        find: "this.#arming.arm(result.wakeAtMs, nowMs, result.latenessMs !== null);\n        return result;",
        replace: "return result;",
      },
      {
        file: LOOP,
        find: "const done = this.#launch(pass.launches, pass.tick, first);",
        replace: `const done = this.#launch(pass.launches, pass.tick, first);
    done.then(() => this.#arming.arm(pass.wakeAtMs, nowMs, false)).catch(() => {});`,
      },
    ],
  },
  {
    name: "no-dead-man",
    why: "an alarm whose tick takes the object with it was the last one",
    edits: [{ file: ARMING, find: "this.#alarm.set(nowMs + DEAD_MAN_MS);", replace: "void [nowMs, DEAD_MAN_MS];" }],
  },
  {
    name: "an-alarm-that-stands-is-left-where-it-is",
    why: "what is due before the alarm that stands waits for it",
    edits: [
      {
        file: ARMING,
        find: "(wakeAtMs === null || atMs <= wakeAtMs)",
        replace: "(wakeAtMs === null || atMs > 0)",
      },
    ],
  },
  {
    name: "a-dead-man-is-taken-for-an-early-alarm",
    why: "a town at rest is woken every half a minute for ever, for nothing",
    edits: [{ file: ARMING, find: "    this.#isOurs = false;\n", replace: "" }],
  },
  {
    name: "lost-alarm-stays-lost",
    why: "a town whose alarm the platform dropped sleeps through every question",
    edits: [
      {
        file: LOOP,
        find: "else if (alarm.atMs == null || alarm.atMs <",
        replace: "else if (alarm.atMs === -1 && alarm.atMs <",
      },
    ],
  },
  {
    name: "failed-tick-not-rearmed",
    why: "a tick that failed on somebody's news leaves the news to the next news",
    edits: [
      {
        file: "src/reconciler/failed-pass.ts",
        find: "alarm.set(wakeAtMs);\n  return noticeFailing",
        replace: "void alarm;\n        return noticeFailing",
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
        file: "src/attempts/lease.ts",
        find: 'lastSeq: slot("lastSeq"),\n      leaseUntilMs: slot("leaseUntilMs"),\n',
        replace: 'lastSeq: slot("lastSeq"),\n',
      },
    ],
  },
  {
    name: "clock-goes-back-unnoticed",
    why: "after a correction of the clock everything that is due waits for hours",
    edits: [
      {
        file: "src/reconciler/clock.ts",
        find: "if (!wentBack(before, nowMs)) return before;",
        replace: "if (wentBack(before, nowMs) || !wentBack(before, nowMs)) return before;",
      },
    ],
  },
  {
    name: "clock-forgets-the-released",
    why: "after a correction of the clock a run that was cut off is thought to be alive, and its bead waits for it",
    edits: [
      {
        file: "src/reconciler/clock.ts",
        find: "or(isLive, and(",
        replace: "or(isLive, and(sql`0`, ",
      },
    ],
  },
  {
    name: "what-is-held-back-hides-when-that-ends",
    why: "an action that came to nothing is due all the while it is held back, so the wake is put off, past the end of that",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "soonest(begun.book.nextMs, nowMs, progressed)",
        replace: "null",
      },
      {
        file: "src/reconciler/begin.ts",
        find: "notBeforeMs > clockMs",
        replace: "notBeforeMs < 0",
      },
    ],
  },
];
