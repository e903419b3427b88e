import type { Mutant } from "./mutant.ts";
import { SETTLE } from "./settle.ts";

const STOP = "src/attempts/stop.ts";

/** What becomes of a run that somebody called off. */
export const commands: readonly Mutant[] = [
  {
    name: "command-without-fence",
    why: "a cancel that comes late hits the next run",
    edits: [
      {
        file: "src/db/existing.ts",
        find: "asked === undefined || asked === now",
        replace: "asked === undefined || asked > 0",
      },
    ],
  },
  {
    name: "stop-is-never-asked-for",
    why: "a run that was called off holds its agent until its lease has run out",
    edits: [{ file: "src/reconciler/rules/stop-runs.ts", find: "stopping.map(", replace: "stopping.slice(0, 0).map(" }],
  },
  {
    name: "stop-frees-the-agent-at-once",
    why: "the agent's next run begins beside the one that is being stopped",
    edits: [
      {
        file: STOP,
        find: '.set({ state: "stopping", leaseUntilMs })',
        replace: '.set({ state: "stopped", leaseUntilMs, endedAtMs: ctx.nowMs })',
      },
      {
        file: STOP,
        find: '.set({ status: "stopping", beadId: null })',
        replace: '.set({ status: "idle", beadId: null, fence: null })',
      },
    ],
  },
  {
    name: "cancelled-start-is-still-asked-for",
    why: "what was cancelled while its start was on its way runs after all",
    edits: [
      {
        file: STOP,
        find: "tx.delete(effects).where(eq(effects.fence, attempt.fence)).run(); //",
        replace: "//",
      },
    ],
  },
  {
    name: "stop-leaves-its-effect",
    why: "the host is asked to stop what is gone, again and again",
    edits: [
      {
        file: STOP,
        find: "tx.delete(effects).where(eq(effects.fence, fence)).run();",
        replace: "",
      },
    ],
  },
  {
    name: "stopped-run-may-finish",
    why: "a bead that was cancelled goes into review, and lands",
    edits: [
      {
        file: SETTLE,
        find: 'if (attempt.state === "running") return attempt;',
        replace: 'if (attempt.state === "running" || attempt.state === "stopping") return attempt;',
      },
    ],
  },
  {
    name: "a-cancelled-landing-is-denied",
    why: "what is on the remote is fenced, and the bead that has landed lands again",
    edits: [{ file: "src/events/bead-landed.ts", find: "undeniable: true,", replace: "" }],
  },
];
