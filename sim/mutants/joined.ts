import type { Mutant } from "./mutant.ts";

const CLAIM = "src/attempts/claim.ts";
const ROOM = "src/reconciler/host-room.ts";
const WITHDRAW = "src/reconciler/withdraw-shut.ts";
const world = { joined: true };

/** Several hosts that have joined: none answers for another. */
export const joined: readonly Mutant[] = [
  {
    name: "two-machines-are-one-host",
    why: "a machine that joins with another's token throws it out, and the two take the place in turn",
    world: { joined: true, troubled: true },
    edits: [
      {
        file: "src/dos/host-door.ts",
        find: "if (!standing || standing.bootId === null || standing.bootId === bootId) return null;",
        replace: 'if (!standing || standing.bootId !== "") return null;',
      },
    ],
  },
  {
    name: "removed-and-not-fenced",
    why: "a machine that was taken away goes on reporting, and is believed",
    world,
    edits: [
      { file: "src/commands/remove-host.ts", find: "if (!drain) fenceRunsOf", replace: "if (drain) fenceRunsOf" },
    ],
  },
  {
    name: "drained-and-fenced",
    why: "a machine is drained, and what its runs have done is thrown away",
    world,
    edits: [{ file: "src/commands/remove-host.ts", find: "if (!drain) fenceRunsOf", replace: "fenceRunsOf" }],
  },
  {
    name: "former-host-of-that-name",
    why: "a machine that was taken away has joined again, and nothing that it does now counts",
    world,
    edits: [
      {
        file: "src/attempts/removal.ts",
        find: ', gte(removedHosts.lastFence, slot("fence"))',
        replace: ', gte(slot("fence"), 0)',
      },
    ],
  },
  {
    name: "one-sick-host-is-all-hosts",
    why: "one of several hosts fails, and the others are tried with one start at a time",
    scenario: "one of two hosts takes nothing, and the other takes all",
    edits: [{ file: ROOM, find: "if (well > 0 || there.length === 0)", replace: "if (well === there.length)" }],
  },
  {
    name: "asked-although-its-breaker-is-open",
    why: "a host that fails again and again is given every other start all the same",
    world,
    edits: [
      { file: CLAIM, find: "return isFree && probesLeft(tx, id, breaker, nowMs) !== 0;", replace: "return isFree;" },
    ],
  },
  {
    name: "tries-a-sick-host-for-ever",
    why: "a bead that is alone opens no breaker, and goes to the host that fails again and again, beside one that is well",
    scenario: "a bead alone, and the first of three hosts that takes it is the last",
    edits: [{ file: "src/attempts/hosts.ts", find: "if (there.length < 2 ||", replace: "if (there.length > 0 ||" }],
  },
  {
    name: "tries-two-sick-hosts-in-turn",
    why: "a bead goes back and forth between two hosts that fail, and never to the third",
    scenario: "a bead alone, and the first of three hosts that takes it is the last",
    edits: [{ file: "src/attempts/hosts.ts", find: ".slice(0, failed.dispatchFailures);", replace: ".slice(0, 1);" }],
  },
  {
    name: "one-breaker-for-all",
    why: "the failures of one host are counted against another",
    scenario: "one of two hosts takes nothing, and the other takes all",
    edits: [
      {
        file: "src/attempts/breaker.ts",
        find: "else tx.update(hosts).set({ breaker }).where(eq(hosts.id, hostId)).run();",
        replace: "else tx.update(hosts).set({ breaker }).run();",
      },
    ],
  },
  {
    name: "sent-to-who-is-gone",
    why: "a host hangs up while a start is prepared for it, and the start waits for nobody",
    world,
    edits: [
      {
        file: WITHDRAW,
        find: "if (hostId !== null && !isThere(tx, hostId))",
        replace: "if (hostId !== null && nowMs < 0)",
      },
    ],
  },
  {
    name: "asks-another-after-a-crash",
    why: "after a crash a start that is under way at one host is asked of another",
    world,
    edits: [
      {
        file: "src/attempts/terms.ts",
        find: "hostId: asked?.hostId ?? null,",
        replace: "hostId: null,",
      },
    ],
  },
];
