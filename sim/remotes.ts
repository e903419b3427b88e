/** The repositories that rigs lie in: for a while they take nothing from a host, or their gates can't pass. */
import type { Report } from "../src/protocol/protocol.ts";
import { oneOf, rowsOf, type Scene } from "./checks/scene.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Order } from "./work.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const STREAM = "remotes";

export const CLOSED = ["landings", "pushes", "gate"] as const;
type Closed = (typeof CLOSED)[number];

/** What the remote of each rig declines now, whatever it is offered. */
export class Remotes {
  readonly #world: Clockwork;
  readonly #closedUntilMs = new Map<string, number>();
  /** By kind of attempt and rig: what the town has been told of. */
  readonly #known = new Set<string>();

  constructor(world: Clockwork) {
    this.#world = world;
  }

  close(rigId: string, what: Closed, ms: number): void {
    this.#closedUntilMs.set(`${what} ${rigId}`, this.#world.nowMs + ms);
  }

  openAll(): void {
    this.#closedUntilMs.clear();
    this.#known.clear();
  }

  /** The town has taken the last word of a run or a landing of this rig. */
  heard(rigId: string, { kind, report }: { kind: "run" | "landing"; report: Report }): void {
    if (report.kind === "failed" && report.failure === "rig_trouble") this.#known.add(`${kind} ${rigId}`);
    // Whoever got past it began before, and says so later: then nobody can tell what the town knows.
    else this.forgotten(rigId);
  }

  /** A person says that it is mended. */
  forgotten(rigId: string): void {
    for (const kind of ["run", "landing"]) this.#known.delete(`${kind} ${rigId}`);
  }

  /** The rigs that are closed still, as their town has heard. */
  broken(): string[] {
    const isClosed = (key: string) => (this.#closedUntilMs.get(key) ?? 0) > this.#world.nowMs;
    const ids = [...this.#known].flatMap((key) => {
      const [kind, id] = key.split(" ");
      const closed = kind === "run" ? isClosed(`pushes ${id}`) : isClosed(`gate ${id}`) || isClosed(`landings ${id}`);
      return closed && id !== undefined ? id : [];
    });
    return [...new Set(ids)];
  }

  /** Why nothing of this kind gets there, as its host says it; null: the remote takes it. */
  declines({ kind, order }: Order): string | null {
    const isClosed = (what: Closed) => (this.#closedUntilMs.get(`${what} ${order.rig.id}`) ?? 0) > this.#world.nowMs;
    if (kind === "run") return isClosed("pushes") ? "no_right" : null;
    return isClosed("gate") ? "gate_broken" : isClosed("landings") ? "protected" : null;
  }
}

/** Somebody protects a branch, takes a right away, breaks the main branch; and mends it, and sometimes says so. */
export function planRemotes(world: World, stormyMs: number): void {
  const clock = world.world;
  const kinds = CLOSED.filter(() => clock.random(STREAM) < 0.25);
  for (const what of kinds)
    for (let left = clock.between(1, 4, STREAM); left > 0; left--)
      clock.after(clock.between(0, stormyMs, STREAM), () => {
        const rigs = rowsOf<{ id: string }>(world, "SELECT id FROM rigs ORDER BY id");
        const id = rigs[clock.between(0, rigs.length, STREAM)]?.id ?? "";
        if (!world.faults.befalls("remoteCloses")) return;
        const ms = clock.between(1, 240, STREAM) * MINUTE;
        world.remotes.close(id, what, ms);
        if (clock.random(STREAM) < 0.5)
          clock.after(ms, () => {
            world.mendedAtMs.set(id, world.town.nowMs);
            world.remotes.forgotten(id);
            world.surely({ type: "landings_retried", payload: { rig: id } }, true);
          });
      });
}

interface Begun {
  fence: number;
  kind: string;
  rig: string;
  startedMs: number;
}

interface Trouble {
  failure: { kind: string; code: string; atMs: number };
  fence: number;
  untilMs: number | null;
  rests?: string | null;
}

/** Nothing begins that a rig in trouble must wait with, and one run alone finds out whether it must wait on. */
export function checkTroubles(world: Scene, one: Begun): void {
  const row = oneOf<{ landings: string | null; pushes: string | null }>(
    world,
    "SELECT landing_trouble AS landings, push_trouble AS pushes FROM rigs WHERE id = ?",
    one.rig,
  );
  const text = one.kind === "landing" ? row?.landings : row?.pushes;
  const trouble = text ? (JSON.parse(text) as Trouble) : null;
  const isRigs = trouble?.failure.kind === "rig_trouble";
  if (!trouble || trouble.rests || !isRigs || trouble.failure.atMs >= one.startedMs || trouble.fence >= one.fence)
    return;
  if (trouble.untilMs !== null && trouble.untilMs > one.startedMs)
    world.violation(`rig trouble: fence ${one.fence} began ${trouble.untilMs - one.startedMs} ms too early`);
  if (one.kind === "landing") return;
  const { n = 0 } =
    oneOf<{ n: number }>(
      world,
      "SELECT count(*) AS n FROM attempts WHERE rig_id = ? AND kind = 'run' AND fence > ? AND ended_at_ms IS NULL",
      one.rig,
      trouble.fence,
    ) ?? {};
  if (n > 1) world.violation(`rig trouble: ${n} runs of ${one.rig} try at once whether their branches are taken`);
}
