import { oneOf, type Scene, steady } from "./scene.ts";

/** How long a town leaves a host alone that has refused for want of room, if nothing else tells. */
const FIRST_WAIT_MS = 15_000;

/** Nothing is tried against a host that is full before a run ends or a while has gone by: by what hosts answered, not by what is in rows. */
export class Capacity {
  #refusedAtMs: number | null = null;

  /** A host has answered a start. */
  answered(scene: Scene, { accepted, code }: { accepted: boolean; code?: string | undefined }): void {
    if (accepted) this.#refusedAtMs = null;
    else if (code === "at_capacity") this.#refusedAtMs = scene.town.nowMs;
  }

  /** A start goes out. */
  asked(scene: Scene, fence: number): void {
    const sinceMs = this.#refusedAtMs;
    if (sinceMs === null || !steady(scene)) return;
    const { nowMs } = scene.town;
    const begun = oneOf<{ at: number }>(scene, "SELECT started_at_ms AS at FROM attempts WHERE fence = ?", fence);
    if (!begun || begun.at <= sinceMs || nowMs - sinceMs >= FIRST_WAIT_MS) return;
    const ended = oneOf(
      scene,
      "SELECT 1 AS x FROM attempts WHERE kind = 'run' AND accepted_at_ms IS NOT NULL AND ended_at_ms >= ? LIMIT 1",
      sinceMs,
    );
    if (!ended)
      scene.violation(
        `capacity: fence ${fence} is asked for ${nowMs - sinceMs} ms after the host was full, and nothing has ended`,
      );
  }
}
