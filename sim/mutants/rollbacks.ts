import type { Edit, Mutant } from "./mutant.ts";

const EFFECTS = "src/reconciler/effects.ts";
const HOLD = "src/db/attempts/hold.ts";
const ROLLBACK = "else effect.rollback(savepoint as unknown as Tx, parsed(row), row.fence, settlement.failure, ctx);";
const IF_LIVE = " IN ('starting', 'running')";
const FREED_AGENT =
  '.set({ status: "idle", fence: null })\n    .where(and(eq(agents.id, attempt.agentId ?? ""), eq(agents.fence, fence)))';
/** A late answer finds nothing to settle once a run was heard of: a bug behind that shows only without it. */
const NOT_SETTLED_BY_PROOF: Edit = {
  file: HOLD,
  find: 'if (attempt.state === "starting") tx.delete(effects)',
  replace: "if (attempt.fence < 0) tx.delete(effects)",
};
const RELEASED_BEAD = "dispatchFailures: failures,\n";

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
        find: "if (accepted) return { accepted, bootId: bootId ?? null };",
        replace: "if (accepted || reply === false) return { accepted: true, bootId: null };",
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
        file: HOLD,
        find: IF_LIVE,
        replace: " <> 'no such state'",
      },
      {
        file: HOLD,
        find: FREED_AGENT,
        replace: FREED_AGENT.replace(", eq(agents.fence, fence)", ""),
      },
    ],
  },
  {
    name: "release-of-what-is-over",
    why: "an attempt that finished is released after all, and its work is done again",
    edits: [
      NOT_SETTLED_BY_PROOF,
      {
        file: HOLD,
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
        file: HOLD,
        find: FREED_AGENT,
        replace: FREED_AGENT.replace("fence: null", "beadId: null, fence: null"),
      },
    ],
  },
  {
    name: "bead-open-after-rollback",
    why: "the bead is given to another agent while this one still holds it",
    edits: [
      {
        file: HOLD,
        find: RELEASED_BEAD,
        replace: `...(attempt.kind === "run" && { status: "open" as const }), ${RELEASED_BEAD}`,
      },
    ],
  },
  {
    name: "lost-landing-redoes-the-work",
    why: "a landing whose host died sends a reviewed bead back to an agent",
    edits: [
      {
        file: HOLD,
        find: RELEASED_BEAD,
        replace: `...(attempt.kind === "landing" && { status: "open" as const, agentId: null }), ${RELEASED_BEAD}`,
      },
    ],
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
        find: "Promise.allSettled(launches.map((launch) => this.#run(launch)))",
        replace: `Promise.all(launches.map((launch) => runEffect(launch, this.#ports)))
      .then((all) => Promise.allSettled(launches.map((launch, n) => this.#run(launch, all[n]))))`,
      },
      {
        file: "src/reconciler/loop.ts",
        find: "async #run(launch: Launch): Promise<void> {\n    const settlement = await runEffect(launch, this.#ports);",
        replace: "async #run(launch: Launch, settlement: any): Promise<void> {",
      },
    ],
  },
  {
    name: "late-answer-reopens",
    why: "a host's slow yes brings an attempt that is over back to life",
    edits: [
      {
        file: HOLD,
        find: '.where(and(eq(attempts.fence, fence), eq(attempts.state, "starting")))',
        replace: ".where(eq(attempts.fence, fence))",
      },
      NOT_SETTLED_BY_PROOF,
    ],
  },
];
