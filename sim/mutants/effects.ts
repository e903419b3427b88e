import type { Mutant } from "./mutant.ts";
import { NOT_SETTLED_BY_PROOF, SETTLE } from "./settle.ts";

const LOOP = "src/reconciler/loop.ts";
const TOGETHER = "answers and reports that come together";
const FAILED = "src/reconciler/failed-pass.ts";
const EFFECTS = "src/reconciler/effects.ts";

/** What is asked of the outside, and what a crash does to it. */
export const effects: readonly Mutant[] = [
  {
    name: "effect-before-its-row",
    why: "the host is asked before the claim is on disk; after a crash nobody remembers having asked",
    edits: [
      {
        file: LOOP,
        find: "this.#arming.arm(result.wakeAtMs, nowMs, result.latenessMs !== null);\n        return result;",
        replace: `this.#arming.arm(result.wakeAtMs, nowMs, result.latenessMs !== null);
        return { ...result, done: this.#launch(result.launches, result.tick, false) } as PassResult;`,
      },
      {
        file: LOOP,
        find: "const done = this.#launch(pass.launches, pass.tick, first);",
        replace: "const { done } = pass as unknown as Tick;\n    void first;",
      },
    ],
  },
  {
    name: "claim-without-effect",
    why: "an agent is claimed and nobody is asked to start it",
    edits: [
      {
        file: "src/reconciler/apply.ts",
        find: "ask(tx).run(",
        replace: "if (fence < 0) ask(tx).run(",
      },
    ],
  },
  {
    name: "effect-row-left-behind",
    why: "what was settled is run again when its dead-man comes due",
    edits: [
      {
        file: EFFECTS,
        find: "const row = take(tx).get({ id });",
        replace: "const row = tx.select(asText).from(effects).where(eq(effects.id, id)).get();",
      },
    ],
  },
  {
    name: "no-revival-after-a-crash",
    why: "what was in flight when the town died waits for its dead-man",
    edits: [{ file: "src/reconciler/pass.ts", find: "if (first) reviveOrphans(tx);", replace: "void first;" }],
  },
  {
    name: "every-pass-revives",
    why: "the dead-man of what runs now is gone, so a crash strands it",
    edits: [{ file: LOOP, find: "this.#first = false;", replace: "" }],
  },
  {
    name: "one-crash-gives-up",
    why: "a start is rolled back because the town restarted, and a live run is left to its luck",
    edits: [{ file: "src/reconciler/limits.ts", find: "MAX_EFFECT_TRIES = 5", replace: "MAX_EFFECT_TRIES = 1" }],
  },
  {
    name: "dead-man-before-the-deadline",
    why: "an effect that is only slow is run a second time beside itself",
    edits: [
      {
        file: "src/reconciler/launch.ts",
        find: "const deadManMs = ctx.nowMs + deadlineMs + DEAD_MAN_GRACE_MS;",
        replace: "const deadManMs = ctx.nowMs + 100;",
      },
      { file: EFFECTS, find: "dueAtMs <= nowMs && !inFlight.has(id)", replace: "dueAtMs <= nowMs" },
    ],
  },
  {
    name: "slots-leak",
    why: "after three starts nothing is ever started again",
    edits: [
      {
        file: "src/reconciler/in-flight.ts",
        find: "this.#hung.delete(id);\n    this.#calls.delete(id);",
        replace: "this.#hung.delete(id);",
      },
    ],
  },
  {
    name: "settlement-brings-no-pass",
    why: "what waits for the freed slot or the next try waits for somebody else's news",
    edits: [
      {
        file: LOOP,
        find: "return { ...nothingCame, settled: [{ launch, settlement, of: { ...of } }] };",
        replace:
          "this.#failed({ ...nothingCame, settled: [{ launch, settlement, of: { ...of } }] }, new Error('x'), this.#ports.clock.now());\n        return nothingCame;",
      },
    ],
  },
  {
    name: "settlement-lost-with-its-pass",
    why: "a pass that throws takes a known outcome with it, and its agent stays claimed until the dead-man",
    edits: [{ file: FAILED, find: "beside((tx) => settleAlone(tx, each, moment));", replace: "void each;" }],
  },
  {
    name: "proved-run-is-rolled-back",
    why: "a run that is heard of is torn down because the answer to its start was lost",
    edits: [NOT_SETTLED_BY_PROOF],
  },
  {
    name: "one-of-several-outcomes-is-settled",
    why: "of answers that come together all but the first are forgotten, and their agents stay claimed until the dead-man",
    scenario: TOGETHER,
    edits: [
      {
        file: "src/reconciler/pass.ts",
        find: "of settled) settleEffect",
        replace: "of settled.slice(0, 1)) settleEffect",
      },
    ],
  },
  {
    name: "one-quiet-outcome-of-several",
    why: "a start that failed is settled beside one that was accepted, and nobody plans for its agent",
    scenario: TOGETHER,
    edits: [
      { file: "src/reconciler/begin.ts", find: "!settled.every(freesNobody)", replace: "!settled.some(freesNobody)" },
    ],
  },
  {
    name: "what-waits-for-the-disk-is-left",
    why: "what came while a commit was on its way waits for somebody else's news",
    scenario: TOGETHER,
    edits: [
      {
        file: "src/reconciler/gathering.ts",
        find: "if (this.#sinceMs !== sinceMs) return;\n    this.#sinceMs = null;\n    this.#go();",
        replace: "if (this.#sinceMs !== sinceMs) return;\n    this.#sinceMs = null;",
      },
    ],
  },
  {
    name: "an-accepted-start-waits-for-others",
    why: "a start that was accepted waits for somebody else's news, and is still starting when none comes",
    edits: [{ file: "src/reconciler/gathering.ts", find: "    else this.#goSoon();\n", replace: "" }],
  },
  {
    name: "one-that-fails-takes-all-along",
    why: "of all that came together nothing is taken, since one of them could not be",
    scenario: `${TOGETHER}, one of them poison, and a disk that fails among them`,
    edits: [
      {
        file: "src/reconciler/gathering.ts",
        find: "|| all.map((came) => told(() => this.#ofOne(came)));",
        replace: "|| all.map(() => ({ error: new Error('one of them could not be taken') }));",
      },
    ],
  },
  {
    name: "orphans-wait-in-line",
    why: "after a crash what may be running already waits behind what was never begun",
    scenario: "more effects than slots",
    edits: [
      {
        file: "src/reconciler/plan-and-claim.ts",
        find: "inFlight.slotsBeside(waiting.flatMap(({ lane }) => lane ?? []))",
        replace: "inFlight.slotsBeside([])",
      },
    ],
  },
  {
    name: "accepted-while-others-wait",
    why: "a start that was accepted gives its slot to nobody, and what waits for it waits for somebody else's news",
    edits: [
      {
        file: "src/reconciler/begin.ts",
        find: "queued || !settled.every(freesNobody)",
        replace: "!settled.every(freesNobody)",
      },
    ],
  },
  {
    name: "a-stop-frees-nobody",
    why: "an agent whose run was stopped gets its next bead when somebody else has news",
    edits: [
      {
        file: "src/reconciler/begin.ts",
        find: "accepted && isBeginning(kind)",
        replace: "accepted && (isBeginning(kind) || true)",
      },
    ],
  },
  {
    name: "a-refusal-is-quiet",
    why: "a start that failed frees its agent, and nobody plans for it",
    edits: [
      {
        file: "src/reconciler/begin.ts",
        find: "accepted && isBeginning(kind)",
        replace: "isBeginning(kind)",
      },
    ],
  },
  {
    name: "number-of-an-unwound-claim",
    why: "a claim that came to nothing uses up a fence, and by its gap the starts of a minute are miscounted",
    edits: [{ file: "src/db/town-row.ts", find: "if (pass && before) pass.row = before;", replace: "void before;" }],
  },
  {
    name: "accepted-is-proof",
    why: "a host that says yes and does nothing holds the bead for an hour",
    edits: [
      {
        file: SETTLE,
        find: "nowMs + settings.firstLeaseMs",
        replace: "nowMs + 60 * settings.leaseMs",
      },
    ],
  },
];
