/** What happens in a world besides faults: rigs, agents and beads, people who meddle, and mishaps by the hour. */

import { agentInput, beadsInput, rigInput } from "../src/commands/inputs.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { rowsOf } from "./checks/scene.ts";
import { drawAgent, drawTouches } from "./gates.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface Size {
  /** How long things go wrong, and then how long they don't. */
  stormyMs: number;
  calmMs: number;
  agents: number;
  beads: number;
}

/** Most worlds are short, so that many of them can be lived through. */
export function drawSize({ world }: World, hours?: number): Size {
  const busy = world.random("size") < 0.4;
  const stormy = (hours ?? 1 + 11 * world.random("size") ** 3) * HOUR;
  const agents = busy ? world.between(4, 13, "size") : world.between(1, 4, "size");
  const most = Math.max(3, Math.min(60, Math.floor((stormy / HOUR) * agents * 1.5)));
  return { stormyMs: stormy, calmMs: Math.max(stormy / 4, 2.5 * HOUR), agents, beads: world.between(2, most, "size") };
}

export function populate(world: World, { stormyMs, agents, beads }: Size): void {
  const clock = world.world;
  const rigs = Array.from({ length: clock.between(1, 4, "size") }, (_, n) => `r${n}`);
  for (const id of rigs)
    world.surely({
      type: "rig_added",
      payload: {
        ...rigInput.parse({ id, repoUrl: `/${id}.git`, maxGateMs: MINUTE, defaultBranch: "main" }),
        // Drawn apart, so that all else in a world is what it was.
        landingsAtOnce: clock.between(1, 4, "landings at once"),
        look: null,
      },
    });
  for (let n = 0; n < Math.max(agents, rigs.length); n++)
    world.surely({
      type: "agent_added",
      payload: agentInput.parse({ id: `a${n}`, rig: rigs[n % rigs.length], command: ["x"], ...drawAgent(clock) }),
    });
  const rush = clock.random("size") < 0.3;
  for (let made = 0; made < beads; ) {
    const count = Math.min(beads - made, clock.random("size") < 0.2 ? clock.between(2, 8, "size") : 1);
    made += count;
    // In some worlds everything is wanted at once.
    clock.after(rush ? HOUR / 2 : clock.between(0, stormyMs * 0.6, "created"), () => createBeads(world, rigs, count));
  }
}

function createBeads(world: World, rigs: string[], count: number): void {
  const clock = world.world;
  const older = rowsOf<{ id: string }>(world, "SELECT id FROM beads ORDER BY seq").map(({ id }) => id);
  const beads = Array.from({ length: count }, (_, n) => {
    const dependsOn: string[] = [];
    if (older.length > 0 && clock.random("created") < 0.25)
      dependsOn.push(older[clock.between(0, older.length, "created")] as string);
    if (n > 0 && clock.random("created") < 0.4) dependsOn.push(`ref${clock.between(0, n, "created")}`);
    const rig = rigs[clock.between(0, rigs.length, "created")] as string;
    const priority = clock.between(0, 5, "created");
    return { ref: `ref${n}`, rig, title: `bead ${n}`, priority, dependsOn, touches: drawTouches(clock) };
  });
  world.surely({ type: "beads_created", payload: beadsInput.parse({ beads }) });
}

/** Somebody looks at the town every few minutes; in some worlds people cancel, stop and retry, and tinker, as well. */
export function meddle(world: World, endMs: number): void {
  const clock = world.world;
  const look = () => {
    try {
      world.town.look();
    } catch {
      // it died of it; the next look finds another
    }
    if (clock.nowMs < endMs) clock.after(clock.between(MINUTE, 5 * MINUTE, "look"), look);
  };
  clock.after(MINUTE, look);
}

export function planMishaps(world: World, { stormyMs }: Size): void {
  const clock = world.world;
  const perDay = (most: number) =>
    Math.ceil(((clock.random("mishaps") < 0.5 ? 0 : most * clock.random("mishaps")) * stormyMs) / (24 * HOUR));
  const plan = (mishap: Parameters<World["faults"]["befalls"]>[0], most: number, act: () => void) => {
    for (let left = perDay(most); left > 0; left--)
      clock.after(clock.between(0, stormyMs, "mishaps"), () => world.faults.befalls(mishap) && act());
  };
  const host = () => world.hosts[clock.between(0, world.hosts.length, "mishap")] as World["hosts"][number];
  plan("hostDies", 12, () => host().die());
  plan("hostPauses", 12, () => host().pause(clock.between(1_000, 600_000, "mishap")));
  plan("outage", 6, () => host().goDown(clock.between(60_000, 3 * HOUR, "mishap")));
  plan("partition", 24, () =>
    host().cutOff(clock.random("mishap") < 0.5 ? "in" : "out", clock.between(1_000, 600_000, "mishap")),
  );
  plan("clockJumps", 6, () => jump(world));
  plan("poison", 24, () => poison(world));
  plan("storm", 12, () => storm(world));
  plan("crashLoop", 6, () => world.crashLoop(clock.between(1_000, 120_000, "mishap")));
  plan("cancel", 24, () =>
    withSome(world, "SELECT id, fence FROM beads WHERE status NOT IN ('closed', 'cancelled')", (id, fence) =>
      cancel(world, id, fence),
    ),
  );
  plan("stop", 24, () =>
    withSome(world, "SELECT id, fence FROM agents WHERE bead_id IS NOT NULL", (id) => stop(world, id)),
  );
  plan("retry", 48, () =>
    withSome(world, "SELECT id, fence FROM beads WHERE status <> 'closed'", (id) => retry(world, id)),
  );
}

function withSome(world: World, query: string, act: (id: string, fence: number | null) => void): void {
  const rows = rowsOf<{ id: string; fence: number | null }>(world, query);
  const row = rows[world.world.between(0, rows.length, "mishap")];
  if (row) act(row.id, row.fence);
}

const cancel = (world: World, bead: string, fence: number | null) =>
  world.surely({ type: "bead_cancelled", payload: { bead, reason: "no", ...(fence !== null && { fence }) } }, true);
const stop = (world: World, agent: string) =>
  world.surely({ type: "agent_stopped", payload: { agent, reason: "no" } }, true);
const retry = (world: World, bead: string) => world.surely({ type: "bead_retried", payload: { bead } }, true);

/** The town finds itself on a machine whose clock is an hour off. */
function jump(world: World): void {
  const { town, world: clock } = world;
  town.skewMs += (clock.random("mishap") < 0.5 ? -1 : 1) * HOUR;
  world.jumpedAtMs = clock.nowMs;
}

/** Facts that can't be: one that never parses, one of no known type, one whose row is no JSON. */
function poison(world: World): void {
  const kind = world.world.between(0, 3, "mishap");
  if (kind === 0) {
    world.tell([{ type: "run_heartbeat", payload: { bootId: "x", report: null } } as unknown as Fact]);
    return;
  }
  const [type, payload] = kind === 1 ? ["no_such_event", "{}"] : ["run_heartbeat", "{not json"];
  const { town } = world;
  town.engine.sql.exec(
    "INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) VALUES (?, ?, ?, 0, ?)",
    type,
    payload,
    town.nowMs,
    town.nowMs,
  );
  town.engine.sql.exec("UPDATE town SET events_received = events_received + 1");
  world.wake();
}

/** Hundreds of reports within moments, most of them about runs that are long over. */
function storm(world: World): void {
  const clock = world.world;
  const attempts = rowsOf<{ fence: number; bead: string; agent: string | null }>(
    world,
    "SELECT fence, bead_id AS bead, agent_id AS agent FROM attempts WHERE state NOT IN ('starting', 'running', 'released') ORDER BY fence DESC LIMIT 50",
  );
  if (attempts.length === 0) return;
  for (let batch = 0; batch < 6; batch++)
    clock.after(clock.between(0, 200, "mishap"), () =>
      world.tell(
        Array.from({ length: 50 }, (_, n) => {
          const { fence, bead, agent } = attempts[n % attempts.length] as (typeof attempts)[number];
          const report = { kind: "progress", agent, bead, fence, seq: n + 1, message: "again" };
          return { type: "run_progressed", payload: { bootId: "storm", report } } as Fact;
        }),
      ),
    );
}
