/** What a pause does to that which is in trouble: nothing is tried, whatever its own wait says. */
import { sql } from "drizzle-orm";
import { agents, type Pause, rigs } from "../../db/schema.ts";
import { pauseNow } from "../../reconciler/watch/staleness.ts";
import type { Finding, Kind, Look } from "./item.ts";

type Meanwhile = Pick<Finding, "meanwhile" | "nextMs">;

/** What the town does meanwhile, and when it tries again; of all kinds, as an operator wants the town to be. */
export function meanwhileOf(look: Look, { holdsInPause }: Kind, { meanwhile, nextMs, tried }: Finding): Meanwhile {
  const { town, nowMs } = look;
  const pause = pauseNow(town, nowMs);
  if (pause) return holdsInPause ? { meanwhile, nextMs } : kept("nothing is tried: the town is paused", nextMs, pause);
  if (!tried) return { meanwhile, nextMs };
  if (town.draining && tried.as === "run")
    return { meanwhile: "no run is tried: the town is draining; landings go on", nextMs: null };
  const own = town.pauses > 0 ? ownPause(look, tried) : null;
  return own ? kept(`nothing of it is tried: ${own.name} is paused`, nextMs, own.pause) : { meanwhile, nextMs };
}

/** A pause that ends by itself has it tried then, and not before. */
const kept = (meanwhile: string, nextMs: number | null, { untilMs }: Pick<Pause, "untilMs">): Meanwhile => ({
  meanwhile,
  nextMs: untilMs === null || nextMs === null ? null : Math.max(untilMs, nextMs),
});

function ownPause({ tx }: Look, { rig, agent }: NonNullable<Finding["tried"]>): { name: string; pause: Pause } | null {
  const ofRig = rig && tx.select({ paused: rigs.paused }).from(rigs).where(sql`${rigs.id} = ${rig}`).get()?.paused;
  if (ofRig) return { name: `rig ${rig}`, pause: ofRig };
  const ofAgent =
    agent && tx.select({ paused: agents.paused }).from(agents).where(sql`${agents.id} = ${agent}`).get()?.paused;
  return ofAgent ? { name: `agent ${agent}`, pause: ofAgent } : null;
}
