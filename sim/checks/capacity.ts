import { oneOf, type Scene, steady } from "./scene.ts";

/** How long a town leaves a host alone that has refused for want of room, if nothing else tells. */
const FIRST_WAIT_MS = 15_000;

/** Nothing is tried against a host that is full before a run ends or a while has gone by: by what hosts answered, not by what is in rows. */
export class Capacity {
  /** By host; null is the town's own. */
  readonly #refusedAtMs = new Map<string | null, number>();
  readonly #lacks = new Map<string | null, boolean | null>();
  /** How many of its answers have told of its room. */
  readonly #told = new Map<string | null, number>();

  /** A host has answered a start. @returns for `noted` */
  answered(
    scene: Scene,
    host: string | null,
    { accepted, code }: { accepted: boolean; code?: string | undefined },
  ): number {
    const isRoom = code === "at_capacity" || code === "low_disk";
    if (accepted) this.#refusedAtMs.delete(host);
    else if (isRoom) this.#refusedAtMs.set(host, scene.town.nowMs);
    const told = this.#told.get(host) ?? 0;
    if (!accepted && !isRoom) return told;
    this.#lacks.set(host, null);
    this.#told.set(host, told + 1);
    return told + 1;
  }

  /** The town has written it down. A no is written down sooner than a yes, so a newer answer may have come meanwhile. */
  noted(host: string | null, { accepted, code }: { accepted: boolean; code?: string | undefined }, told: number): void {
    if (told !== this.#told.get(host)) return;
    if (accepted || code === "at_capacity" || code === "low_disk") this.#lacks.set(host, code === "low_disk");
  }

  /** The town has died of it, or could not write it down: it knows nothing of what was answered. */
  forgotten(host: string | null): void {
    this.#refusedAtMs.delete(host);
    this.#lacks.set(host, null);
  }

  /** What its last answer was that told of its disk; null: nobody knows whether the town has heard it. */
  lacks = (host: string | null): boolean | null => this.#lacks.get(host) ?? (this.#lacks.has(host) ? null : false);

  /** A start goes out. */
  asked(scene: Scene, host: string | null, fence: number): void {
    const sinceMs = this.#refusedAtMs.get(host);
    if (sinceMs === undefined || !steady(scene)) return;
    const { nowMs } = scene.town;
    const begun = oneOf<{ at: number }>(scene, "SELECT started_at_ms AS at FROM attempts WHERE fence = ?", fence);
    if (!begun || begun.at <= sinceMs || nowMs - sinceMs >= FIRST_WAIT_MS) return;
    const ended = oneOf(
      scene,
      "SELECT 1 AS x FROM attempts WHERE kind = 'run' AND ended_at_ms >= ? AND host_id IS ? AND coalesce(json_extract(failure, '$.code'), '') NOT IN ('at_capacity', 'low_disk') LIMIT 1",
      sinceMs,
      host,
    );
    // One that came anew, or was joined anew, may have room again.
    const isNew = oneOf(
      scene,
      "SELECT 1 AS x FROM hosts WHERE id = ? AND max(coalesce(connected_at_ms, 0), created_at_ms) >= ?",
      host,
      sinceMs,
    );
    if (!ended && !isNew)
      scene.violation(
        `capacity: fence ${fence} is asked for ${nowMs - sinceMs} ms after the host was full, and nothing has ended`,
      );
  }
}
