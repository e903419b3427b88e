import { log } from "../lib/log.ts";
import { messageOf } from "../lib/text.ts";
import type { TickPoint } from "../ports/ports.ts";
import type { Env } from "./env.ts";

/** One point per eventful tick, where Analytics Engine is bound. Never in the way of a tick. */
export function pointTo(env: Env, town: string, point: TickPoint): void {
  const { tick, latenessMs, applied, failed, launched, rowsRead, rowsWritten } = point;
  try {
    env.TICKS?.writeDataPoint({
      indexes: [town],
      doubles: [tick, latenessMs ?? 0, applied, failed, launched, rowsRead, rowsWritten],
    });
  } catch (error) {
    log("error", `a point could not be written: ${messageOf(error)}`, { town });
  }
}
