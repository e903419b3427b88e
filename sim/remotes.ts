/** The repositories that rigs lie in: for a while they are out of reach or take nothing from a host, or their gates can't pass. */
import type { Report } from "../src/protocol/reports.ts";
import { oneOf, rowsOf, type Scene } from "./checks/scene.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Mishap } from "./faults.ts";
import type { Order } from "./work.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const STREAM = "remotes";
/** Apart, so that the worlds there were before stay what they were. */
const AWAY_STREAM = "remotes out of reach";
/** So many in a row that were not reached are waited for. */
const TRIES = 3;
const NOT_REACHED: ReadonlySet<string> = new Set(["clone_failed", "fetch_failed"]);

/** Nobody says such a thing who has not got past the remote. */
export function provesRemote(report: Report): boolean {
  if (report.kind === "heartbeat") return report.agentActiveAtMs !== null;
  if (report.kind === "progress" || report.kind === "log") return false;
  return !(report.kind === "failed" && (report.failure === "lost" || NOT_REACHED.has(report.code)));
}

export const CLOSED = ["landings", "pushes", "gate"] as const;
type Closed = (typeof CLOSED)[number];

/** What the remote of each rig declines now, whatever it is offered. */
export class Remotes {
  readonly #world: Clockwork;
  readonly #closedUntilMs = new Map<string, number>();
  /** By kind of attempt and rig: what the town has been told of. */
  readonly #known = new Set<string>();
  readonly #awayUntilMs = new Map<string, number>();
  /** Likewise: how often in a row it was told that the remote was not reached, and by which fence at last. */
  readonly #notReached = new Map<string, { times: number; fence: number }>();
  /** Attempts that had reached it before they ended: what they say of it at their end counts for their bead alone. */
  readonly #reached = new Set<string>();
  /** By rig: when the town was last told of work that got past its remote, by the town's clock. */
  readonly reachedAtMs = new Map<string, number>();

  constructor(world: Clockwork) {
    this.#world = world;
  }

  close(rigId: string, what: Closed, ms: number): void {
    this.#closedUntilMs.set(`${what} ${rigId}`, this.#world.nowMs + ms);
  }

  /** Nobody reaches it for so long. */
  leave(rigId: string, ms: number): void {
    this.#awayUntilMs.set(rigId, this.#world.nowMs + ms);
  }

  isAway = (rigId: string): boolean => (this.#awayUntilMs.get(rigId) ?? 0) > this.#world.nowMs;

  openAll(): void {
    this.#closedUntilMs.clear();
    this.#known.clear();
    this.#awayUntilMs.clear();
    this.#notReached.clear();
    this.#reached.clear();
  }

  /** The town has taken the last word of a run or a landing of this rig. */
  heard(rigId: string, { kind, report }: { kind: "run" | "landing"; report: Report }): void {
    const key = `${kind} ${rigId}`;
    const before = this.#notReached.get(key) ?? { times: 0, fence: 0 };
    const isUnreached = report.kind === "failed" && NOT_REACHED.has(report.code);
    if (isUnreached && this.#reached.has(`${rigId} ${report.fence}`)) return;
    if (report.kind === "failed" && report.failure === "rig_trouble") this.#known.add(key);
    else if (isUnreached)
      this.#notReached.set(key, { times: before.times + 1, fence: Math.max(before.fence, report.fence) });
    // Whoever got past it began before, and says so later: then nobody can tell what the town knows.
    else this.forgotten(rigId);
  }

  /** An agent is at work there: whoever began since the remote was out of reach has reached it. */
  reached(rigId: string, fence: number): void {
    this.#reached.add(`${rigId} ${fence}`);
    for (const kind of ["run", "landing"]) {
      const key = `${kind} ${rigId}`;
      if (fence > (this.#notReached.get(key)?.fence ?? 0)) this.#notReached.delete(key);
    }
  }

  /** A person says that it is mended. */
  forgotten(rigId: string): void {
    for (const kind of ["run", "landing"]) {
      this.#known.delete(`${kind} ${rigId}`);
      this.#notReached.delete(`${kind} ${rigId}`);
    }
  }

  /** The rigs that are closed still, as their town has heard. */
  broken(): string[] {
    const isClosed = (key: string) => (this.#closedUntilMs.get(key) ?? 0) > this.#world.nowMs;
    const ids = [...this.#known].flatMap((key) => {
      const [kind, id] = key.split(" ");
      const closed = kind === "run" ? isClosed(`pushes ${id}`) : isClosed(`gate ${id}`) || isClosed(`landings ${id}`);
      return closed && id !== undefined ? id : [];
    });
    const away = [...this.#notReached].flatMap(([key, { times }]) => {
      const id = key.split(" ")[1] ?? "";
      return times >= TRIES && this.isAway(id) ? id : [];
    });
    return [...new Set([...ids, ...away])];
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
  const plan = (mishap: Mishap, stream: string, befalls: (rigId: string, ms: number) => void) => {
    for (let left = clock.between(1, 4, stream); left > 0; left--)
      clock.after(clock.between(0, stormyMs, stream), () => {
        const rigs = rowsOf<{ id: string }>(world, "SELECT id FROM rigs ORDER BY id");
        const id = rigs[clock.between(0, rigs.length, stream)]?.id ?? "";
        if (!world.faults.befalls(mishap)) return;
        const ms = clock.between(1, 240, stream) * MINUTE;
        befalls(id, ms);
        if (clock.random(stream) < 0.5)
          clock.after(ms, () => {
            world.mendedAtMs.set(id, world.town.nowMs);
            world.remotes.forgotten(id);
            world.surely({ type: "landings_retried", payload: { rig: id } }, true);
          });
      });
  };
  for (const what of kinds) plan("remoteCloses", STREAM, (id, ms) => world.remotes.close(id, what, ms));
  if (clock.random(AWAY_STREAM) < 0.25) plan("remoteIsAway", AWAY_STREAM, (id, ms) => world.remotes.leave(id, ms));
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
  const isAway = trouble?.untilMs !== null && NOT_REACHED.has(trouble?.failure.code ?? "");
  if (!trouble || trouble.rests || !(isRigs || isAway)) return;
  if (trouble.failure.atMs >= one.startedMs || trouble.fence >= one.fence) return;
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
