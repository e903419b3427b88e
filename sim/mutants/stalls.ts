import type { Mutant } from "./mutant.ts";

const NUDGE = "src/actions/nudge-run.ts";

/** Runs that live and stand still. */
export const stalls: readonly Mutant[] = [
  {
    name: "stalls-are-never-stopped",
    why: "an agent that hangs keeps its bead for as long as its process lives",
    edits: [
      {
        file: "src/reconciler/rules/answer-stalls.ts",
        find: "if (tier <= stall ||",
        replace: "if (tier > ESCALATED || tier <= stall ||",
      },
    ],
  },
  {
    name: "activity-does-not-reset-the-tier",
    why: "an agent that was nudged once is never nudged again, and stands in `attention` while it works",
    edits: [
      {
        file: "src/attempts/stall.ts",
        find: "const tier = Math.min(stall, tierAfter(settings, role, nowMs - active))",
        replace: "const tier = Math.max(stall, tierAfter(settings, role, nowMs - active))",
      },
    ],
  },
  {
    name: "a-late-word-forgets-the-tier",
    why: "a word of old activity takes back the answer that silence since then has earned",
    scenario: "a run is nudged, and what its host can say only now is no news of it",
    edits: [
      {
        file: "src/attempts/stall.ts",
        find: "const tier = Math.min(stall, tierAfter(settings, role, nowMs - active))",
        replace: "const tier = 0 * tierAfter(settings, role, nowMs - active)",
      },
    ],
  },
  {
    name: "a-nudge-failure-rolls-the-run-back",
    why: "a host that takes no word costs the run that it was meant for",
    edits: [
      {
        file: NUDGE,
        find: 'import { reachTier } from "../attempts/stall.ts";',
        replace:
          'import { releaseAttempt } from "../attempts/settle.ts";\nimport { reachTier } from "../attempts/stall.ts";',
      },
      {
        file: NUDGE,
        find: "const silence = spanText(",
        replace: "releaseAttempt(tx, fence, { cause }, ctx);\n      const silence = spanText(",
      },
    ],
  },
  {
    name: "a-hosts-clock-is-believed",
    why: "where the clocks of host and town differ by an hour, agents at work are stopped, or hung ones never",
    edits: [
      {
        file: "src/events/run-heartbeat.ts",
        find: "(sentAtMs ?? ctx.nowMs) - agentActiveAtMs",
        replace: "(sentAtMs === -1 ? 0 : ctx.nowMs) - agentActiveAtMs",
      },
    ],
  },
  {
    name: "a-stall-costs-no-try",
    why: "a bead on which every agent hangs is tried for ever",
    edits: [
      {
        file: "src/attempts/end.ts",
        find: "const failures = bead.failures + 1;",
        replace: 'const failures = bead.failures + (cause.code === "stalled" ? 0 : 1);',
      },
    ],
  },
  {
    name: "wake-ignores-stalls",
    why: "a run that stands still is seen when somebody else has news",
    edits: [
      {
        file: "src/reconciler/wake.ts",
        find: "return earliest(dueAtMs, stallAtMs, paceMs,",
        replace: "return earliest(dueAtMs, nowMs < 0 ? stallAtMs : null, paceMs,",
      },
    ],
  },
];
