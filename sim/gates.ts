/** What people set up and change besides the work itself: caps, budgets, roles, providers, paths and pauses. */
import type { CommandInputOf } from "../src/commands/index.ts";
import type { SettingsPatch } from "../src/lib/settings.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { rowsOf } from "./checks/scene.ts";
import type { Clockwork } from "./clockwork.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const STREAM = "gates";
/** Drawn apart, so that the worlds there were before stay what they were. */
const WHOLE = "gates of the whole";

/** Most towns have some of these, few have all. */
export function drawGates(clock: Clockwork): SettingsPatch {
  const chance = (of: number) => clock.random(STREAM) < of;
  const upTo = (most: number) => clock.between(1, most + 1, STREAM);
  return {
    ...(chance(0.25) && { maxAgents: upTo(5) }),
    ...(chance(0.2) && { maxAgentsPerRig: upTo(3) }),
    ...(chance(0.3) && { maxAgentsByRole: { senior: upTo(2) } }),
    ...(chance(0.3) && { maxInReviewPerRig: upTo(3) }),
    ...(chance(0.5) && { breakerAfter: upTo(8) }),
    ...(chance(0.15) && { dayMinutes: { town: 60 * upTo(10), bead: 10 * upTo(6) } }),
    ...(chance(0.1) && { dayMinutes: { rig: 60 * upTo(5) } }),
    overlapWaitMs: upTo(30) * MINUTE,
  };
}

export function drawAgent(clock: Clockwork): Partial<CommandInputOf<"add-agent">> {
  return {
    role: clock.random(STREAM) < 0.3 ? "senior" : "worker",
    provider: clock.random(STREAM) < 0.5 ? `p${clock.between(0, 2, STREAM)}` : null,
  };
}

const PATHS = ["src", "src/a", "src/b", "docs"];

export const drawTouches = (clock: Clockwork): string[] => PATHS.filter(() => clock.random(STREAM) < 0.12);

/** Somebody pauses a rig or an agent for a while, or until somebody remembers. */
export function planPauses(world: World, stormyMs: number): void {
  const clock = world.world;
  for (let left = clock.between(0, Math.ceil(stormyMs / (60 * MINUTE)) + 1, STREAM); left > 0; left--)
    clock.after(clock.between(0, stormyMs, STREAM), () => pauseOne(world));
  for (let left = clock.between(0, Math.ceil(stormyMs / (30 * MINUTE)) + 1, WHOLE); left > 0; left--)
    clock.after(clock.between(0, stormyMs, WHOLE), () => stopAWhile(world));
}

/** Somebody says that the town, or an agent, begins nothing more; and takes it back after a while. */
function stopAWhile(world: World): void {
  const clock = world.world;
  const pick = clock.between(0, 3, WHOLE);
  const after = (fact: Fact) => clock.after(clock.between(1, 20 * MINUTE, WHOLE), () => world.surely(fact, true));
  if (pick === 0) {
    world.surely({ type: "town_changed", payload: { paused: { why: "a look", by: "sim" } } });
    after({ type: "town_changed", payload: { paused: null } });
  } else if (pick === 1) {
    world.surely({ type: "town_changed", payload: { draining: true } });
    after({ type: "town_changed", payload: { draining: false } });
  } else {
    const rows = rowsOf<{ id: string }>(world, "SELECT id FROM agents ORDER BY id");
    const agent = rows[clock.between(0, rows.length, WHOLE)]?.id ?? "";
    world.surely({ type: "agent_changed", payload: { agent, enabled: false } }, true);
    after({ type: "agent_changed", payload: { agent, enabled: true } });
  }
}

function pauseOne(world: World): void {
  const clock = world.world;
  const untilMs = world.town.nowMs + clock.between(1, 60, STREAM) * MINUTE;
  const until = clock.random(STREAM) < 0.8 ? { until: new Date(untilMs).toISOString() } : {};
  const paused = { why: "a look", by: "sim", ...until };
  const table = clock.random(STREAM) < 0.4 ? "rigs" : "agents";
  const rows = rowsOf<{ id: string }>(world, `SELECT id FROM ${table} ORDER BY id`);
  const id = rows[clock.between(0, rows.length, STREAM)]?.id ?? "";
  if (table === "rigs")
    world.surely({ type: "rig_changed", payload: { rig: id, paused, look: null, takesFound: false } }, true);
  else world.surely({ type: "agent_changed", payload: { agent: id, paused } }, true);
}

/** What somebody wanted to wait goes on, so that all of it can come to an end. */
export function openGates(world: World): void {
  world.surely({
    type: "town_changed",
    payload: { settings: { dayMinutes: {}, maxAgents: 1_000, maxAgentsPerRig: 1_000, maxAgentsByRole: {} } },
  });
  world.surely({ type: "town_changed", payload: { paused: null, draining: false } });
  // Nor does anybody wait for a day because a host has named that time.
  const isFar = "> (SELECT clock_ms FROM town) + 3600000";
  const waits = `SELECT id FROM agents WHERE NOT enabled OR not_before_ms ${isFar}
    OR EXISTS (SELECT 1 FROM json_each(doubts) d WHERE json_extract(d.value, '$.untilMs') ${isFar})`;
  for (const { id } of rowsOf<{ id: string }>(world, waits))
    world.surely({ type: "agent_changed", payload: { agent: id, enabled: true } });
  for (const { id } of rowsOf<{ id: string }>(world, "SELECT id FROM rigs WHERE paused IS NOT NULL"))
    world.surely({ type: "rig_changed", payload: { rig: id, paused: null, look: null, takesFound: false } });
  for (const { id } of rowsOf<{ id: string }>(world, "SELECT id FROM agents WHERE paused IS NOT NULL"))
    world.surely({ type: "agent_changed", payload: { agent: id, paused: null } });
}
