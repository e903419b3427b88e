/**
 * What is wrong for long with one thing, while all else is well: a bead that brings each of its runs to nothing, whoever takes it; an
 * agent that brings each bead to nothing; a host with few places, or no disk; the town's own disk; rigs that take nothing. Few worlds have any of it, so that most of them are busy.
 */
import type { FailureKind } from "../src/protocol/failures.ts";
import type { Room } from "../src/protocol/room.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { rowsOf } from "./checks/scene.ts";
import { DISK_IS_FULL, DiskError } from "./crash.ts";
import type { Size } from "./life.ts";
import { CLOSED } from "./remotes.ts";
import type { Order } from "./work.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
/** A stream of its own, so that the other things of a world stay as they are. */
const STREAM = "lasting";
const STREAM_OF_ROOM = "lasting room";
const PLENTY = 1_000;
const STREAM_OF_DISK = "lasting disk";
/** How many worlds have one of these. */
const SHARE = 0.12;

/** How each of its runs ends. */
export interface End {
  failure: FailureKind;
  code: string;
  retryAfterMs?: number;
}

/** A program's exit codes, and what its tool or its host says of them. */
const ENDS: readonly End[] = [
  { failure: "agent_failed", code: "exit_code" },
  { failure: "agent_failed", code: "no_commit" },
  { failure: "provider_limited", code: "limit" },
  { failure: "provider_limited", code: "limit", retryAfterMs: 0 },
  { failure: "provider_limited", code: "limit", retryAfterMs: 5_000 },
  { failure: "auth", code: "login" },
  { failure: "refused", code: "setup" },
  { failure: "lost", code: "host_restarted" },
];

/** What can be lost without anybody being kept from work. */
const DAMAGES = [
  { table: "beads", key: "id", column: "touches" },
  { table: "beads", key: "id", column: "labels" },
  { table: "beads", key: "id", column: "metadata" },
  { table: "attempts", key: "fence", column: "usage" },
] as const;

/** What one of these is like, and since when by the town's clock. */
export interface Ill {
  end: End;
  sinceMs: number;
}

/** The world's own account of what is wrong. */
export class Lasting {
  readonly #world: World;
  /** By bead. */
  readonly poison = new Map<string, Ill>();
  /** By agent. */
  readonly sick = new Map<string, Ill>();
  /** By host: how many runs it takes at once. */
  readonly places = new Map<string, number>();
  readonly lowDisk = new Set<string>();
  /** How many rows somebody has damaged, and how many of these must have been found. */
  damaged = 0;
  found = 0;
  /** What the town's own disk says to everything; null: it is well. */
  disk: DiskError | null = null;
  /** When a person last said something of an agent, by the town's clock. */
  readonly saidMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** How a run comes to nothing; null: it does not, as far as its bead and its agent go. */
  endOf({ kind, order }: Order): End | null {
    if (kind === "landing") return null;
    return (this.sick.get(order.agent) ?? this.poison.get(order.bead))?.end ?? null;
  }

  /** Why a host takes no run more, and how much room it says that it has; null: it takes it. */
  roomAt(host: string, live: number): { room: Room | undefined; code: string | null } {
    const places = this.places.get(host);
    const free = Math.max(0, (places ?? PLENTY) - live);
    const isLow = this.lowDisk.has(host);
    const says = (isLow || places !== undefined) && this.#world.world.random(STREAM_OF_ROOM) < 0.5;
    const room = { places: places ?? PLENTY, free, ...(isLow && { lacks: "low_disk" }) };
    return { room: says ? room : undefined, code: isLow ? "low_disk" : free === 0 ? "at_capacity" : null };
  }

  /** Somebody says something. */
  heard({ type, payload }: Fact): void {
    if (type === "agent_changed") this.saidMs.set((payload as { agent: string }).agent, this.#world.town.nowMs);
  }

  endAll(): void {
    this.poison.clear();
    this.sick.clear();
    this.places.clear();
    this.lowDisk.clear();
    this.disk = null;
  }
}

/** @param troubled all of it, rather than what the seed draws */
export function planLasting(world: World, { stormyMs }: Size, troubled: boolean): void {
  const { world: clock, lasting, faults } = world;
  const plan = (mishap: Parameters<typeof faults.befalls>[0], most: number, act: () => void) => {
    const times = most > 0 && clock.random(STREAM) < (troubled ? 1 : SHARE) ? clock.between(1, most + 1, STREAM) : 0;
    for (let left = times; left > 0; left--)
      clock.after(clock.between(0, stormyMs * 0.7, STREAM), () => faults.befalls(mishap) && act());
  };
  const some = (query: string): string | undefined => {
    const rows = rowsOf<{ id: string }>(world, query);
    return rows[clock.between(0, rows.length, STREAM)]?.id;
  };
  const ill = (): Ill => ({
    end: ENDS[clock.between(0, ENDS.length, STREAM)] as End,
    sinceMs: world.town.nowMs,
  });
  plan("beadIsPoison", 2, () => {
    const bead = some("SELECT id FROM beads WHERE status IN ('open', 'in_progress') AND type <> 'record' ORDER BY seq");
    if (bead !== undefined) lasting.poison.set(bead, ill());
  });
  plan("agentIsSick", 2, () => {
    const agent = some("SELECT id FROM agents ORDER BY id");
    if (agent === undefined) return;
    lasting.sick.set(agent, ill());
    aWhile(() => lasting.sick.delete(agent));
  });
  const aWhile = (over: () => void) => clock.after(clock.between(20, 240, STREAM) * MINUTE, over);
  const aHost = () => world.hosts[clock.between(0, world.hosts.length, STREAM)]?.name ?? "";
  plan("hostHasFewPlaces", 2, () => {
    const host = aHost();
    lasting.places.set(host, clock.between(1, 4, STREAM));
    aWhile(() => lasting.places.delete(host));
  });
  plan("hostDiskIsLow", 1, () => {
    const host = aHost();
    lasting.lowDisk.add(host);
    aWhile(() => lasting.lowDisk.delete(host));
  });
  // In troubled worlds alone: each look at all rows is a pass more.
  const most = troubled ? 3 : 0;
  plan("rowIsDamaged", most, () => {
    const damage = DAMAGES[clock.between(0, DAMAGES.length, STREAM)] as (typeof DAMAGES)[number];
    const id = some(`SELECT ${damage.key} AS id FROM ${damage.table} ORDER BY 1`);
    if (id === undefined) return;
    world.town.engine.sql.exec(`UPDATE ${damage.table} SET ${damage.column} = '{' WHERE ${damage.key} = ?`, id);
    lasting.damaged++;
    clock.after(1, () => world.looksThrough());
  });
  if (clock.random(STREAM_OF_DISK) < (troubled ? 0.5 : SHARE))
    for (let left = clock.between(1, 4, STREAM_OF_DISK); left > 0; left--)
      clock.after(clock.between(0, stormyMs * 0.7, STREAM_OF_DISK), () => {
        if (!faults.befalls("diskFails")) return;
        lasting.disk = new DiskError(clock.random(STREAM_OF_DISK) < 0.5 ? DISK_IS_FULL : undefined);
        clock.after(clock.between(5_000, 30 * MINUTE, STREAM_OF_DISK), () => {
          lasting.disk = null;
        });
      });
  plan("twinDials", 2, () => {
    const host = aHost();
    const knock = () => world.joined?.knock(host);
    for (let left = clock.between(1, 20, STREAM); left > 0; left--) clock.after(left * 20_000, knock);
  });
  plan("twoRigsBreak", 1, () => {
    const rigs = rowsOf<{ id: string }>(world, "SELECT id FROM rigs ORDER BY id");
    const first = clock.between(0, rigs.length, STREAM);
    for (const { id } of [...rigs, ...rigs].slice(first, first + Math.min(2, rigs.length)))
      world.remotes.close(
        id,
        CLOSED[clock.between(0, CLOSED.length, STREAM)] ?? "gate",
        clock.between(20, 240, STREAM) * MINUTE,
      );
  });
}
