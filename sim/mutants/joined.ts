import type { Mutant } from "./mutant.ts";

const CLAIM = "src/db/attempts/claim.ts";
const ROOM = "src/reconciler/host-room.ts";
const WITHDRAW = "src/reconciler/withdraw.ts";
const world = { joined: true };

/** Several hosts that have joined: none answers for another. */
export const joined: readonly Mutant[] = [
  {
    name: "removed-and-not-fenced",
    why: "a machine that was taken away goes on reporting, and is believed",
    world,
    edits: [{ file: "src/events/host-removed.ts", find: "if (!drain) fenceRunsOf", replace: "if (drain) fenceRunsOf" }],
  },
  {
    name: "drained-and-fenced",
    why: "a machine is drained, and what its runs have done is thrown away",
    world,
    edits: [{ file: "src/events/host-removed.ts", find: "if (!drain) fenceRunsOf", replace: "fenceRunsOf" }],
  },
  {
    name: "former-host-of-that-name",
    why: "a machine that was taken away has joined again, and nothing that it does now counts",
    world,
    edits: [
      {
        file: "src/db/attempts/removal.ts",
        find: ', gte(removedHosts.lastFence, slot("fence"))',
        replace: ', gte(slot("fence"), 0)',
      },
    ],
  },
  {
    name: "one-sick-host-is-all-hosts",
    why: "one of several hosts fails, and the others are tried with one start at a time",
    world,
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
    name: "one-breaker-for-all",
    why: "the failures of one host are counted against another",
    world,
    edits: [
      {
        file: "src/db/attempts/breaker.ts",
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
        file: "src/db/attempts/told.ts",
        find: "hostId: told?.hostId ?? null,",
        replace:
          'hostId: tx.all<{ id: string }>(sql`SELECT id FROM hosts WHERE connected_at_ms IS NOT NULL AND id <> ${told?.hostId ?? ""} LIMIT 1`)[0]?.id ?? told?.hostId ?? null,',
      },
    ],
  },
];
