/** Files of another tracker come into a town at work: epics, gates and fan-outs, parts of them late, and the same lines again. */
import type { Fact } from "../src/reconciler/ingest.ts";
import { rowsOf } from "./checks/scene.ts";
import type { Size } from "./life.ts";
import type { World } from "./world.ts";

/** A stream of its own, so that the other things of a world stay as they are. */
const STREAM = "imports";
const DAY = 24 * 3_600_000;
const MOST_PER_DAY = 40;

interface Issue {
  id: string;
  [key: string]: unknown;
}

/** In a third of the worlds. */
export function planImports(world: World, { stormyMs }: Size): void {
  const clock = world.world;
  const share = clock.random(STREAM) < 2 / 3 ? 0 : clock.random(STREAM);
  const tracker = new Tracker(world);
  for (let left = Math.ceil((share * MOST_PER_DAY * stormyMs) / DAY); left > 0; left--)
    clock.after(clock.between(0, stormyMs, STREAM), () => tracker.exports());
}

/** What somebody keeps elsewhere, and sends from time to time. */
class Tracker {
  readonly #world: World;
  readonly #issues: Issue[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  exports(): void {
    const clock = this.#world.world;
    const rigs = rowsOf<{ id: string }>(this.#world, "SELECT id FROM rigs ORDER BY id");
    const rig = rigs[0]?.id;
    if (rig === undefined) return;
    for (let n = clock.between(1, 7, STREAM); n > 0; n--) this.#adds();
    for (let n = clock.between(0, 4, STREAM); n > 0; n--) this.#changes();
    const some = this.#issues.filter(() => clock.random(STREAM) < 0.7);
    const text = some.map((issue) => JSON.stringify(issue)).join("\n");
    // Some of it may be refused, such as a circle: then nothing came.
    this.#world.surely({ type: "beads_imported", payload: { rig, text } } as Fact, true);
  }

  #one(): Issue | undefined {
    return this.#issues[this.#world.world.between(0, this.#issues.length, STREAM)];
  }

  #now(): string {
    return new Date(this.#world.world.nowMs).toISOString();
  }

  #adds(): void {
    const clock = this.#world.world;
    const id = `bd-${this.#issues.length}`;
    const type = ["epic", "epic", "gate", "bug", "task", "task", "task"][clock.between(0, 7, STREAM)];
    const dependencies = [this.#bond("parent-child", 0.6), this.#bond("blocks", 0.3), this.#bond("waits-for", 0.3)];
    this.#issues.push({
      ...{ id, title: `issue ${id}`, priority: clock.between(0, 5, STREAM), issue_type: type },
      status: clock.random(STREAM) < 0.2 ? "hooked" : "open",
      ...{ created_at: this.#now(), updated_at: this.#now() },
      dependencies: dependencies.filter((one) => one !== null),
    });
  }

  #bond(type: string, share: number): object | null {
    const clock = this.#world.world;
    const on = clock.random(STREAM) < share ? this.#one()?.id : undefined;
    if (on === undefined) return null;
    const gate = clock.random(STREAM) < 0.5 ? "any-children" : "all-children";
    return { depends_on_id: on, type, ...(type === "waits-for" && { metadata: JSON.stringify({ gate }) }) };
  }

  #changes(): void {
    const clock = this.#world.world;
    const issue = this.#one();
    if (!issue) return;
    const isOver = clock.random(STREAM) < 0.7;
    Object.assign(issue, { updated_at: this.#now(), status: isOver ? "closed" : "open" });
    if (isOver) issue.closed_at = this.#now();
    else delete issue.closed_at;
    if (clock.random(STREAM) < 0.3)
      issue.dependencies = [this.#bond("parent-child", 0.7)].filter((one) => one !== null);
    if (clock.random(STREAM) < 0.3) issue.title = `${issue.title} anew`;
  }
}
