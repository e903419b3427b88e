import type { Mutant } from "./mutant.ts";

/** Whose trouble it is, and how much room a host has. */
export const evidence: readonly Mutant[] = [
  {
    name: "full-host-is-tried-on",
    why: "thirty refused attempts fill the journal while a host is full",
    world: { troubled: true },
    edits: [
      {
        file: "src/attempts/room.ts",
        find: "full.untilMs <= nowMs ? 1 : 0;",
        replace: "full.untilMs <= nowMs ? 1 : 3;",
      },
    ],
  },
  {
    name: "last-place-kept-for-the-gone",
    why: "a start that is over by then had the last place of a full host, and what could have it waits for something else to happen",
    world: { troubled: true },
    edits: [
      {
        file: "src/reconciler/gates/host-full.ts",
        find: "  isQueue: true,\n",
        replace: "",
      },
    ],
  },
  {
    name: "a-run-that-lives-has-no-place",
    why: "the place of a run that was given up seems free when it proves to live, and its full host is asked for one more",
    edits: [
      {
        file: "src/attempts/settle.ts",
        find: "  else placeTaken(tx, attempt, ctx);\n",
        replace: "",
      },
    ],
  },
  {
    name: "low-disk-is-told-to-nobody",
    why: "a host whose disk is nearly full starts nothing, and nobody is told to make room",
    world: { troubled: true },
    edits: [
      {
        file: "src/queries/attention/hosts.ts",
        find: "if (full === null || !lacks(full)) return [];",
        replace: "if (full === null || full.free === 0) return [];",
      },
    ],
  },
  {
    name: "pair-meets-again-at-once",
    why: "a bead whose provider says no is tried on the same agent without end, and other beads wait",
    edits: [
      {
        file: "src/attempts/evidence.ts",
        find: "ctx.nowMs + coolDownMs(trouble, times,",
        replace: "ctx.nowMs + 0 * coolDownMs(trouble, times,",
      },
    ],
  },
  {
    name: "kept-apart-and-in-the-way",
    why: "a bead waits for an hour beside an agent that is free, since another one may not have it",
    scenario: "whoever is kept apart from a bead does not hide who is not",
    edits: [
      {
        file: "src/reconciler/load-ready.ts",
        find: "isAnyAsGood && first.some(({ bars }) => bars.length > 0)",
        replace: "isAnyAsGood && first.some(({ bars }) => bars.length > 9)",
      },
    ],
  },
  {
    name: "poison-bead-is-tried-on",
    why: "a bead that its own work brings to nothing, on every agent, is tried for ever",
    world: { troubled: true },
    edits: [
      {
        file: "src/attempts/settle.ts",
        find: 'verdict?.whose === "bead" ? beadsOwn(verdict.strikes, cause) : triedOut',
        replace: 'verdict?.whose === "bead" && bead.seq < 0 ? beadsOwn(verdict.strikes, cause) : triedOut',
      },
    ],
  },
  {
    name: "sick-agent-goes-on",
    why: "an agent whom two beads have told apart takes the next one at once, and brings the whole queue to nothing",
    world: { troubled: true },
    edits: [
      {
        file: "src/attempts/evidence.ts",
        find: "const notBeforeMs = ctx.nowMs + coolDownMs(trouble, troubles,",
        replace: "const notBeforeMs = ctx.nowMs + 0 * coolDownMs(trouble, troubles,",
      },
    ],
  },
  {
    name: "parked-at-the-first-no",
    why: "one run that its provider refuses parks a bead that is at no fault",
    edits: [
      {
        file: "src/attempts/whose-trouble.ts",
        find: 'if (isOften) return "bead";',
        replace: 'if (isOften || strikes.length === 0) return "bead";',
      },
    ],
  },
  {
    name: "black-hole-eats-the-backlog",
    why: "an agent whose command is broken takes bead after bead, and each of them pays for it until it is parked",
    scenario: "an agent fails every bead until its command is mended",
    edits: [
      {
        file: "src/attempts/fails-every-bead.ts",
        find: "const isEnough = met.length >= BEADS ||",
        replace: "const isEnough = met.length >= BEADS + 1_000 ||",
      },
    ],
  },
  {
    name: "parked-for-an-agents-trouble",
    why: "the first bead of an agent that fails every bead stays parked, though it is known since whose trouble that was",
    scenario: "the only bead of an agent that fails every bead is parked, and given back when a second one tells",
    edits: [
      {
        file: "src/events/run-failed.ts",
        find: "agents?.parked ?? []",
        replace: "agents?.parked.slice(9) ?? []",
      },
    ],
  },
];
