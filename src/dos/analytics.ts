import type { TickPoint } from "../ports/ports.ts";
import type { Env } from "./env.ts";

/** One point per eventful tick, where Analytics Engine is bound. */
export function pointTo(env: Env, town: string, point: TickPoint): void {
  const { tick, latenessMs, applied, failed, launched, rowsRead, rowsWritten } = point;
  env.TICKS?.writeDataPoint({
    indexes: [town],
    doubles: [tick, latenessMs ?? 0, applied, failed, launched, rowsRead, rowsWritten],
  });
}
