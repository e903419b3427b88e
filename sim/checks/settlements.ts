import type { Kind } from "../../src/lib/lane.ts";
import type { AgentHost, HostReply, NudgeOrder, Send, StopOrder } from "../../src/ports/ports.ts";
import type { Launch } from "../../src/reconciler/launch.ts";
import { ACCEPTED_MS, GATHERED_MS } from "../town.ts";
import type { Order } from "../work.ts";
import { Capacity } from "./capacity.ts";
import { isDeepStrictEqual } from "./equal.ts";
import { breakerOf, oneOf, rowsOf, type Scene, steady } from "./scene.ts";
import { atOnce, shutBefore } from "./slots.ts";

/** How often a request takes time to be prepared: a gate may be shut meanwhile. */
const SLOWLY = 0.3;

/** A person who says that a rig is mended says it again until the town has taken it. */
const SAID_AGAIN_MS = 300_000;

/** What is settled now ended now, but for the time that a step takes. */
const ANSWER_MS = 100;

/** A call that is over gives back its slot with its answer. */
const GIVEN_BACK_MS = 1_000;

const NEVER = new Promise<never>(() => {});

type Asked = Order | StopOrder | NudgeOrder;

type AttemptRow = {
  state: string;
  failure: string | null;
  agent: string | null;
  kind: string;
  heard: number | null;
  ended: number | null;
};
type Terms = { leaseMs: number; heartbeatMs: number; limitMs: number };
type BeadRow = { status: string; agent: string | null; notBefore: number; failures: number; cause: string | null };

const callOf = (kind: Kind, fence: number): string => `${kind} ${fence}`;

/** Stands between the town and its hosts, and holds each call and each answer against what the rows say. */
export class Settlements {
  readonly #scene: Scene;
  #asked = new Set<number>();
  /** What the host of each fence was told, when it was first asked. */
  readonly #told = new Map<number, Terms>();
  readonly capacity = new Capacity();
  #outstanding = new Map<string, number>();
  /** When each call was answered, or given up. */
  #overAtMs = new Map<string, number>();
  #life = -1;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  watch(port: AgentHost, alive: () => boolean): AgentHost {
    const watched = (kind: Kind, order: Asked, signal: AbortSignal, call: () => Promise<HostReply>) =>
      this.#watch(kind, order, alive, signal, call);
    const prepared = async (kind: Kind, of: Order, signal: AbortSignal, send: Send, call: () => Promise<HostReply>) => {
      await this.#prepare(of, alive, send);
      return watched(kind, of, signal, call);
    };
    return {
      start: (order, signal, send) =>
        prepared("start", { kind: "run", order }, signal, send, () => port.start(order, signal, send)),
      land: (order, signal, send) =>
        prepared("landing", { kind: "landing", order }, signal, send, () => port.land(order, signal, send)),
      stop: (order, signal) => watched("stop", order, signal, () => port.stop(order, signal)),
      nudge: (order, signal) => watched("message", order, signal, () => port.nudge(order, signal)),
    };
  }

  /** A token is made, which may take a while; then it is sent, unless it is not wanted any more. */
  async #prepare(of: Order, alive: () => boolean, send: Send): Promise<void> {
    const { world, town } = this.#scene;
    if (!alive()) await NEVER; // the dead ask nobody
    this.#enter();
    this.#asked.add(of.order.fence);
    this.#overAtMs.delete(callOf(of.kind === "run" ? "start" : "landing", of.order.fence));
    if (world.random("prepare") < SLOWLY) {
      await new Promise<void>((go) => world.after(world.between(1, 500, "prepare"), go));
      if (!alive()) await NEVER;
    }
    send();
    this.#checkCall(of.order.fence, of); // now: before the next microtask the town may be told of something else
    const shut = shutBefore(this.#scene, of);
    if (shut && !town.isInTransaction) this.#scene.violation(`fence ${of.order.fence} is sent although ${shut}`);
  }

  #enter(): void {
    const { town } = this.#scene;
    if (this.#life === town.life?.number) return;
    this.#life = town.life?.number ?? -1;
    this.#asked = new Set();
    this.#outstanding = new Map();
    this.#overAtMs = new Map();
  }

  /** What is over holds no slot. */
  checkGivenBack(): void {
    const { town, world, violation } = this.#scene;
    if (!town.life || this.#life !== town.life.number) return;
    for (const lane of town.inFlight.lanes()) {
      if (!("fence" in lane)) continue; // no effect
      const { kind, fence } = lane as Launch;
      const overMs = world.nowMs - (this.#overAtMs.get(callOf(kind, fence)) ?? world.nowMs);
      if (overMs > GIVEN_BACK_MS)
        violation(`slots: the ${kind} of fence ${fence} was over ${overMs} ms ago and counts as out`);
    }
  }

  /** A crash is recovered within two ticks: what its victim was doing is asked for again. */
  checkRecovery(): void {
    const { town, violation } = this.#scene;
    const life = town.life;
    if (!life) return;
    const waiting = rowsOf<{ fence: number; ticks: number; streak: number }>(
      this.#scene,
      "SELECT e.fence, t.ticks, t.error_streak AS streak FROM effects e, town t WHERE e.tries > 0 AND e.due_at_ms > t.clock_ms",
    );
    for (const { fence, ticks, streak } of waiting)
      if (streak === 0 && ticks - life.bornAtTick >= 2 && !(this.#life === life.number && this.#asked.has(fence)))
        violation(
          `recovery: fence ${fence} was in flight when the town died, and is not asked for again after 2 ticks`,
        );
  }

  async #watch(
    kind: Kind,
    of: Asked,
    alive: () => boolean,
    signal: AbortSignal,
    call: () => Promise<HostReply>,
  ): Promise<HostReply> {
    const { world, settings } = this.#scene;
    if (!alive()) await NEVER;
    const { fence, host } = "order" in of ? of.order : of;
    const lane = `${kind} at ${host ?? "the town's own host"}`;
    this.#enter();
    const life = this.#life;
    this.#asked.add(fence);
    if (!("order" in of)) this.#checkCall(fence, null);
    const out = this.#count(lane, 1);
    this.#overAtMs.delete(callOf(kind, fence));
    // Whose clock has just jumped takes the calls that are out for hung.
    const hasJumped = world.nowMs - this.#scene.jumpedAtMs <= settings.startDeadlineMs;
    if (out > atOnce(this.#scene.town, kind) && !hasJumped)
      this.#scene.violation(`${out} calls of kind ${lane} are out at once`);
    // Answered, or given up: the connection is closed either way.
    let open = true;
    const over = () => {
      if (open && life === this.#life) {
        this.#count(lane, -1);
        this.#overAtMs.set(callOf(kind, fence), world.nowMs);
      }
      open = false;
    };
    signal.addEventListener("abort", over, { once: true });
    const errorsBefore = this.#diskErrors;
    const settled = (accepted: boolean, retryAfterMs = 0) => {
      // What came after its deadline was settled at that.
      const errors = signal.aborted ? errorsBefore : this.#diskErrors;
      // A settlement that met a failing disk is made up for by the effect's dead-man.
      world.after(accepted ? ACCEPTED_MS : GATHERED_MS, () => {
        if (alive() && "order" in of && errors === this.#diskErrors) this.#checkSettled(fence, accepted, retryAfterMs);
      });
    };
    // The engine's own timer was set before this call; a millisecond later it has been heard.
    let answered = false;
    world.after(settings.startDeadlineMs + 1 + GATHERED_MS, () => {
      if (answered) return;
      if (alive() && "order" in of && errorsBefore === this.#diskErrors) this.#checkSettled(fence, false);
    });
    try {
      const reply = await call();
      over();
      answered = true;
      if (typeof reply === "boolean") settled(reply);
      else settled(reply.accepted, reply.code === "at_capacity" && kind === "start" ? 0 : reply.retryAfterMs);
      if (kind === "start" && "order" in of && typeof reply === "object") {
        const told = this.capacity.answered(this.#scene, of.order.host, reply);
        const errors = this.#diskErrors;
        const isLate = signal.aborted;
        world.after(reply.accepted ? ACCEPTED_MS : GATHERED_MS, () => {
          const isHeard = !isLate && alive() && errors === this.#diskErrors;
          if (isHeard) this.capacity.noted(of.order.host, reply, told);
          else this.capacity.forgotten(of.order.host);
        });
      }
      return reply;
    } catch (error) {
      over();
      answered = true;
      settled(false);
      throw error;
    }
  }

  #count(lane: string, by: number): number {
    const out = (this.#outstanding.get(lane) ?? 0) + by;
    this.#outstanding.set(lane, out);
    return out;
  }

  get #diskErrors(): number {
    return this.#scene.faults.hits.storageFails ?? 0;
  }

  /** An effect never comes before its row, nor a try before its time. */
  #checkCall(fence: number, of: Order | null): void {
    const { town, violation } = this.#scene;
    if (town.isInTransaction) violation(`fence ${fence} is asked for before its row is committed`);
    const effect = oneOf(this.#scene, "SELECT 1 AS x FROM effects WHERE fence = ? AND tries > 0", fence);
    const attempt = this.#attempt(fence);
    const live = ["starting", "running", "stopping"].includes(attempt?.state ?? "");
    // Asked again after a crash, it may prove to live in the moment in which its request is prepared.
    const proved = attempt?.state === "running" && attempt.heard !== null;
    if ((!effect && !proved) || !live)
      violation(
        `S3 fence ${fence} is asked for, its effect is ${effect ? "there" : "gone"}, its attempt ${attempt?.state}`,
      );
    if (!of) return;
    const at = oneOf<{ host: string | null }>(
      this.#scene,
      "SELECT host_id AS host FROM attempts WHERE fence = ?",
      fence,
    );
    if (at && at.host !== of.order.host) violation(`fence ${fence} is at ${at.host}, and ${of.order.host} is asked`);
    this.#checkTerms(fence, of);
    if (of.kind === "run") this.#scene.earlier.check(this.#scene, of.order);
    if (of.kind === "run") this.capacity.asked(this.#scene, of.order.host, fence);
    this.#checkSpacing(fence, of.order.bead, of.order.rig.id);
  }

  /** Asked again, a host is told the same again. */
  #checkTerms(fence: number, { kind, order }: Order): void {
    const { leaseMs, heartbeatMs } = order;
    const terms = { leaseMs, heartbeatMs, limitMs: kind === "run" ? order.maxRunMs : order.maxGateMs };
    const before = this.#told.get(fence) ?? terms;
    this.#told.set(fence, before);
    if (!isDeepStrictEqual(before, terms))
      this.#scene.violation(
        `terms: fence ${fence} was told ${JSON.stringify(before)}, and now ${JSON.stringify(terms)}`,
      );
  }

  #checkSpacing(fence: number, bead: string, rig: string): void {
    const { town, settings, violation } = this.#scene;
    if (!steady(this.#scene)) return;
    const row = oneOf<{ fence: number; kind: string; failure: string | null; streak: number }>(
      this.#scene,
      `SELECT p.fence, p.kind, p.failure, b.dispatch_failures AS streak FROM attempts p JOIN beads b ON b.id = p.bead_id
        WHERE p.bead_id = ? AND p.fence < ? AND NOT EXISTS (SELECT 1 FROM attempts q WHERE q.bead_id = p.bead_id AND q.fence > p.fence AND q.fence < ?)
          AND p.state = 'released' AND p.failure ->> '$.kind' <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM bead_notes n WHERE n.bead_id = p.bead_id AND n.kind IN ('retried', 'stopped'))`,
      bead,
      fence,
      fence,
    );
    if (!row?.failure) return;
    const failure = JSON.parse(row.failure) as { atMs: number; kind: string; code: string };
    if (failure.code === "at_capacity" || failure.code === "low_disk") return; // its host waits, and it does not
    if ((this.#scene.mendedAtMs.get(rig) ?? 0) > failure.atMs - SAID_AGAIN_MS) return;
    // What waited for a remote goes at once when work has got past it, and so does what waits to land there.
    if (
      (failure.kind === "unreachable" || row.kind === "landing") &&
      (this.#scene.remotes.reachedAtMs.get(rig) ?? 0) >= failure.atMs
    )
      return;
    const step = Math.min(settings.backoffCapMs, settings.backoffBaseMs * 2 ** (Math.max(1, row.streak) - 1));
    const waitedMs = town.nowMs - failure.atMs;
    const inDoubt = failure.code === "deadline" || failure.code === "rejected";
    if (settings.hosts === "external" && inDoubt && waitedMs < (this.#told.get(row.fence)?.leaseMs ?? 0))
      violation(`S1 ${bead} is started again ${waitedMs} ms after a start that may live on an external host`);
    if (waitedMs < Math.floor(step / 2))
      violation(
        `S7 ${bead} is started again ${waitedMs} ms after failure ${row.streak} (${failure.kind}); the least is ${Math.floor(step / 2)}`,
      );
  }

  /** What the answer brought about stands in rows at once, whatever else is still in flight. */
  #checkSettled(fence: number, accepted: boolean, retryAfterMs = 0): void {
    const { violation } = this.#scene;
    if (
      oneOf(
        this.#scene,
        "SELECT 1 AS x FROM effects WHERE fence = ? AND tries > 0 AND action NOT IN ('stop_run', 'nudge_run')",
        fence,
      )
    )
      violation(`S4 fence ${fence} has its answer and its effect is not settled`);
    const attempt = this.#attempt(fence);
    if (attempt?.state === "starting") violation(`S4 fence ${fence} has its answer and is still starting`);
    if (!accepted && attempt?.state === "running" && attempt.heard === null)
      violation(`S4 fence ${fence} was not accepted, nothing was heard of it, and it counts as running`);
    if (!accepted && attempt?.state === "released" && attempt.kind === "run")
      this.#checkRolledBack(fence, attempt, retryAfterMs);
  }

  /** S4: the agent is idle, the bead on its hook, the failure on record, the next try due. */
  #checkRolledBack(fence: number, { agent, failure, ended }: AttemptRow, retryAfterMs: number): void {
    const { town, settings, violation } = this.#scene;
    const bead = oneOf<BeadRow>(
      this.#scene,
      `SELECT status, agent_id AS agent, not_before_ms AS notBefore, failures, last_failure AS cause FROM beads WHERE fence = ?`,
      fence,
    );
    if (bead?.status !== "in_progress") return; // let go of, cancelled or stopped in the same pass
    const holder = oneOf<{ status: string; fence: number | null; hook: string | null }>(
      this.#scene,
      "SELECT status, fence, bead_id AS hook FROM agents WHERE id = ?",
      agent,
    );
    if (holder?.status !== "idle" || holder.fence !== null || !holder.hook)
      violation(`S4 fence ${fence} failed and its agent is ${holder?.status} with ${holder?.hook ?? "no hook"}`);
    const { message } = JSON.parse(bead.cause ?? failure ?? "{}") as { message?: string };
    if (!message) violation(`S4 fence ${fence} failed for no reason that anybody could read`);
    // The breaker waits longer than any bead: its try may have been due since.
    const breaker = breakerOf(this.#scene, fence);
    if (breaker?.openUntilMs && breaker.openUntilMs > town.nowMs) return;
    // Its claim had run out before the answer came: its next try may be due, and wait for a free place.
    if (ended !== null && ended < town.nowMs - ANSWER_MS) return;
    if (bead.notBefore <= town.nowMs && steady(this.#scene))
      violation(`S4 fence ${fence} failed and no next try is due`);
    const patience = Math.min(retryAfterMs, settings.backoffCapMs);
    if (bead.notBefore < town.nowMs - GATHERED_MS + patience && steady(this.#scene))
      violation(`S7 the host asked for ${patience} ms of patience and fence ${fence} is tried again sooner`);
  }

  #attempt(fence: number): AttemptRow | undefined {
    return oneOf<AttemptRow>(
      this.#scene,
      "SELECT state, failure, agent_id AS agent, kind, last_seq AS heard, ended_at_ms AS ended FROM attempts WHERE fence = ?",
      fence,
    );
  }
}
