/** Machines that run what a town wants run: without room, or not let in. */
import { PROTOCOL } from "../../../src/protocol/common.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, HOUR, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

/** Two machines have joined; whatever is wrong with the one, the other goes on. */
const two = { settings: { hosts: "external" }, joined: ["box", "other"] } as const;

const NEWER = "1".repeat(64);

const isRun = ({ kind }: { kind: "run" | "landing" }): boolean => kind === "run";

/** The own host has so many places, and says so only when it is asked for one more. */
const hasPlaces = (world: ChaosWorld, places: number): void => {
  const taken = new Map<number, number>();
  world.behaves = (of) => {
    if (!isRun(of)) return {};
    const live = new Set(world.host.live().map(({ fence }) => fence));
    // One that was taken begins a moment later.
    for (const [fence, atMs] of taken) if (!live.has(fence) && world.nowMs - atMs > 1_000) taken.delete(fence);
    if (taken.size >= places) return { answer: "full", beginsAfterMs: null };
    taken.set(of.order.fence, world.nowMs);
    return {};
  };
};

/** On its own the town looks so often whether others have made room. */
const LOOKS_EVERY_MS = 10_000;

function placesAreUsed(world: ChaosWorld): string[] {
  // How long a place stayed free each time that a run ended and another one was still to begin.
  const free = world.rows<{ ms: number | null }>(
    `SELECT (SELECT min(s.accepted_at_ms) FROM attempts s WHERE s.kind = 'run' AND s.accepted_at_ms >= e.ended_at_ms) - e.ended_at_ms AS ms
      FROM attempts e WHERE e.kind = 'run' AND e.accepted_at_ms IS NOT NULL AND e.ended_at_ms IS NOT NULL AND EXISTS (SELECT 1 FROM beads b
        WHERE b.created_at_ms < e.ended_at_ms AND (SELECT min(a.accepted_at_ms) FROM attempts a WHERE a.bead_id = b.id) > e.ended_at_ms + 1000)`,
  );
  const longestMs = Math.max(...free.map(({ ms }) => ms ?? 0));
  const refused = world
    .rows<{ ms: number }>(
      "SELECT started_at_ms AS ms FROM attempts WHERE failure ->> '$.code' = 'at_capacity' ORDER BY 1",
    )
    .map(({ ms }) => ms);
  // Those of the first moment are asked beside each other.
  const tooSoon = refused.filter(
    (ms, n) => n > 0 && ms - (refused[n - 1] ?? 0) < LOOKS_EVERY_MS && ms > (refused[0] ?? 0) + 1_000,
  );
  return [
    ...(longestMs > 1_000 ? [`a place stayed free for ${longestMs} ms`] : []),
    ...(tooSoon.length > 0 ? [`${tooSoon.length} starts were tried on a host that was known to be full`] : []),
  ];
}

export const hostCases: readonly Case[] = [
  {
    ...usual,
    name: "the only host has two places, and twenty beads want to begin",
    agents: 6,
    breaks: (world) => {
      hasPlaces(world, 2);
      world.beads(20);
    },
    meanwhile: placesAreUsed,
    items: [],
    neighboursWithinMs: null,
  },
  {
    ...usual,
    ...two,
    name: "one of two hosts has no room on its disk",
    breaks: (world) => {
      world.behaves = (of) => (isRun(of) && of.order.host === "box" ? { answer: "no_room", beginsAfterMs: null } : {});
      world.beads(6);
    },
    items: ["host_lacks box"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "the only host has no room on its disk",
    breaks: (world) => {
      world.behaves = (of) => (isRun(of) ? { answer: "no_room", beginsAfterMs: null } : {});
      world.beads(6);
    },
    items: ["host_lacks own"],
    lines: ["TROUBLED", "MENDED"],
    neighboursWithinMs: null,
  },
  {
    ...usual,
    ...two,
    name: "two machines join as one host",
    breaks: (world) => {
      world.door.dials({ host: "box", boot: "second" });
      world.beads(4);
    },
    // The first one is switched off, as the hint says; the other is given its place.
    mends: () => {},
    items: ["host_refused box"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    ...two,
    name: "a machine dials with a token that was replaced",
    breaks: (world) => {
      world.tell({ type: "host_token_replaced", payload: { host: "box", tokenHash: NEWER } });
      world.door.dismiss("box");
      world.machine = world.door.dials({ host: "box", boot: "boot" });
      world.beads(4);
    },
    mends: ({ machine }) => void Object.assign(machine ?? {}, { token: NEWER }),
    items: ["host_refused box"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    ...two,
    name: "a machine's program speaks an older protocol",
    breaks: (world) => {
      world.door.dismiss("box");
      world.machine = world.door.dials({ host: "box", boot: "older", protocol: PROTOCOL - 1 });
      world.beads(4);
    },
    mends: ({ machine }) => void Object.assign(machine ?? {}, { protocol: PROTOCOL }),
    items: ["host_refused box"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    ...two,
    name: "a machine dials as a host that nobody knows",
    breaks: (world) => {
      world.tell({ type: "host_removed", payload: { host: "box", drain: false } });
      world.door.dismiss("box");
      world.door.dials({ host: "box", boot: "boot" });
      world.beads(4);
    },
    mends: () => {},
    // No row of the town is about it: the machine alone is told, in words of its own.
    meanwhile: ({ door: { told } }) =>
      told.length > 0 && told.every((code) => code === "host_removed") ? [] : [`it was told ${told.join(", ")}`],
    items: [],
    endsAtMs: HOUR + MINUTE,
  },
];
