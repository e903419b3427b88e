/** People who change settings while runs are live: what begins later goes by the new ones, what lives by what it was told. */
import type { SettingsPatch } from "../src/lib/settings.ts";
import { rowsOf } from "./checks/scene.ts";
import type { Size } from "./life.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
/** A stream of its own, so that the other things of a world stay as they are. */
const STREAM = "setting changes";

/** In a quarter of the worlds, some; in a restless one, every few minutes. */
export function planSettings(world: World, { stormyMs }: Size, restless: boolean): void {
  const clock = world.world;
  if (!restless && clock.random(STREAM) >= 0.25) return;
  const everyMs = (restless ? 6 : 45) * MINUTE;
  for (let left = Math.ceil(stormyMs / everyMs); left > 0; left--)
    clock.after(clock.between(0, stormyMs, STREAM), () => {
      if (!world.faults.befalls("setting")) return;
      if (clock.random(STREAM) < 0.2) changeAgent(world);
      else changeTown(world);
    });
}

function changeTown(world: World): void {
  const clock = world.world;
  const drawn = clock.random(STREAM);
  const leaseMs = clock.between(8_000, 240_000, STREAM);
  world.longestLeaseMs = Math.max(world.longestLeaseMs, leaseMs);
  const settings: SettingsPatch = {
    leaseMs,
    heartbeatMs: clock.between(2_000, Math.min(60_000, Math.floor(leaseMs / 2)), STREAM),
    ...(drawn < 0.4 && { maxAgents: clock.between(1, 6, STREAM) }),
    ...(drawn < 0.5 && { limitMarginMs: clock.between(1, 20, STREAM) * MINUTE }),
  };
  world.surely({ type: "town_changed", payload: { settings } });
}

/** Some runs are to be shorter than their work takes. */
function changeAgent(world: World): void {
  const clock = world.world;
  const rows = rowsOf<{ id: string }>(world, "SELECT id FROM agents ORDER BY id");
  const agent = rows[clock.between(0, rows.length, STREAM)]?.id ?? "";
  const maxRunMs = clock.between(10, 60, STREAM) * MINUTE;
  world.surely({ type: "agent_changed", payload: { agent, maxRunMs } }, true);
}
