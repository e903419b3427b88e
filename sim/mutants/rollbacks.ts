import type { Mutant } from "./mutant.ts";
import { beadToo, NOT_SETTLED_BY_PROOF, SETTLE } from "./settle.ts";

const EFFECTS = "src/reconciler/effects.ts";
const ROLLBACK = "else effect.rollback(inner, parsed(row), row.fence, settlement.failure, ctx);";
const IF_LIVE = " IN ('starting', 'running')";
const AGENT_FREED = 'and(eq(agents.id, slot<string>("agentId")), eq(agents.fence, slot("fence")))';

/** What a start that failed leaves behind. */
export const rollbacks: readonly Mutant[] = [
  {
    name: "false-is-not-a-failure",
    why: "only a rejection rolls back; after `false` the agent stays claimed by nothing",
    edits: [
      {
        file: EFFECTS,
        find: ROLLBACK,
        replace: ROLLBACK.replace("else", 'else if (settlement.failure.cause.kind !== "refused")'),
      },
    ],
  },
  {
    name: "false-taken-for-true",
    why: "a host that says no is believed to have said yes; a lease later somebody notices",
    edits: [
      {
        file: EFFECTS,
        find: "if (accepted) return { accepted, answer: { ...answer, accepted } };",
        replace: "if (accepted || reply === false) return { accepted: true, answer: { accepted: true } };",
      },
    ],
  },
  {
    name: "no-rollback",
    why: "the dead zone of the field: a failed start leaves the agent at work with nothing running",
    edits: [{ file: EFFECTS, find: ROLLBACK, replace: "" }],
  },
  {
    name: "rollback-without-fence",
    why: "a late failure tears down the run of a newer attempt",
    edits: [
      NOT_SETTLED_BY_PROOF,
      {
        file: SETTLE,
        find: IF_LIVE,
        replace: " <> 'no such state'",
      },
      {
        file: SETTLE,
        find: AGENT_FREED,
        replace: 'eq(agents.id, slot<string>("agentId"))',
      },
    ],
  },
  {
    name: "release-of-what-is-over",
    why: "an attempt that finished is released after all, and its work is done again",
    edits: [
      NOT_SETTLED_BY_PROOF,
      {
        file: SETTLE,
        find: IF_LIVE,
        replace: " <> 'no such state'",
      },
    ],
  },
  {
    name: "hook-dropped-on-rollback",
    why: "the bead stays in progress and nobody holds it",
    edits: [
      {
        file: SETTLE,
        find: '.set({ status: "idle", fence: null })',
        replace: '.set({ status: "idle", beadId: null, fence: null })',
      },
    ],
  },
  {
    name: "bead-open-after-rollback",
    why: "the bead is given to another agent while this one still holds it",
    edits: [beadToo('status: "open"', 'attempt.kind === "run"')],
  },
  {
    name: "lost-landing-redoes-the-work",
    why: "a landing whose host died sends a reviewed bead back to an agent",
    edits: [beadToo('status: "open", agentId: null', 'attempt.kind === "landing"')],
  },
  {
    name: "start-without-deadline",
    why: "a host that never answers holds its agent for as long as the claim's lease",
    edits: [{ file: EFFECTS, find: "launch.deadlineMs,\n      ports.clock,", replace: "2 ** 50,\n      ports.clock," }],
  },
  {
    name: "settle-after-all",
    why: "one slow start keeps every failed one of its tick from being rolled back",
    edits: [
      {
        file: "src/reconciler/loop.ts",
        find: "const settlement = await runEffect(launch, this.#ports, send);",
        replace: `const asked = runEffect(launch, this.#ports, send);
    const { all } = Object.assign(of, { all: [...((of as any).all ?? []), asked] });
    await Promise.resolve();
    await Promise.all((of as any).all ?? all);
    const settlement = await asked;`,
      },
    ],
  },
  {
    name: "late-answer-reopens",
    why: "a host's slow yes brings an attempt that is over back to life",
    edits: [
      {
        file: SETTLE,
        find: 'and(eq(attempts.fence, slot("fence")), eq(attempts.state, "starting"))',
        replace: 'eq(attempts.fence, slot("fence"))',
      },
      NOT_SETTLED_BY_PROOF,
    ],
  },
];
