import type { Lane } from "../../src/lib/lane.ts";
import type { Launch } from "../../src/reconciler/launch.ts";
import { checkLeases } from "./plan.ts";
import { oneOf, type Scene } from "./scene.ts";
import { checkStalls } from "./stalls.ts";

/** What the engine may wait at most although something is due, and so a failing pass. */
const IDLE_WAKE_MS = 1_000;
/** What is settled alone, since its pass failed, moves the wake and not the clock. */
const ALONE_MS = 500;
const ERROR_WAKE_MS = 61_000;

type Due = {
  effects: number | null;
  leases: number | null;
  events: number | null;
  beads: number | null;
  agents: number | null;
  stalls: number | null;
  limits: number | null;
  pauses: number | null;
  landings: number | null;
  latest: number | null;
  wake: number | null;
  clock: number;
  streak: number;
  repeats: string;
};

/** What is due, read on its own, is never before the time at which the loop means to wake; and the alarm stands for it. */
export function checkWake(scene: Scene): void {
  const { town, violation } = scene;
  // All agents have one role here.
  const { nudgeMs, escalateMs, stopMs } = { ...scene.settings.stall, ...scene.settings.stallByRole.worker };
  const due = oneOf<Due>(
    scene,
    `SELECT (SELECT min(due_at_ms) FROM effects WHERE due_at_ms > t.clock_ms) AS effects,
      (SELECT min(lease_until_ms) FROM attempts WHERE ended_at_ms IS NULL) AS leases,
      (SELECT min(due_at_ms) FROM events WHERE quarantined_at_ms IS NULL) AS events,
      (SELECT min(not_before_ms) FROM beads WHERE not_before_ms > 0 AND not_before_ms > t.clock_ms AND status IN ('open', 'in_progress', 'in_review')) AS beads,
      (SELECT max(not_before_ms) FROM beads WHERE not_before_ms > 0 AND not_before_ms > t.clock_ms AND status IN ('open', 'in_progress', 'in_review')) AS latest,
      (SELECT min(not_before_ms) FROM agents WHERE not_before_ms > t.clock_ms) AS agents,
      (SELECT min(coalesce(a.agent_active_at_ms, a.accepted_at_ms) + CASE a.stall WHEN 0 THEN ? WHEN 1 THEN ? WHEN 2 THEN ? END)
        FROM attempts a WHERE a.ended_at_ms IS NULL AND a.state = 'running' AND a.kind = 'run') AS stalls,
      (SELECT min(json_extract(r.landing_trouble, '$.untilMs')) FROM rigs r WHERE r.paused IS NULL AND t.paused IS NULL
        AND json_extract(r.landing_trouble, '$.failure.kind') = 'rig_trouble' AND json_extract(r.landing_trouble, '$.untilMs') > t.clock_ms
        AND EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = r.id AND b.status = 'in_review' AND b.not_before_ms <= t.clock_ms)
        AND NOT EXISTS (SELECT 1 FROM attempts l WHERE l.rig_id = r.id AND l.kind = 'landing' AND l.ended_at_ms IS NULL)) AS landings,
      (SELECT min(a.accepted_at_ms + a.limit_ms * (1 + (a.kind = 'landing'))) + json_extract(t.settings, '$.limitMarginMs')
        FROM attempts a WHERE a.ended_at_ms IS NULL AND a.state = 'running') AS limits,
      (SELECT min(json_extract(paused, '$.untilMs')) FROM (SELECT paused FROM rigs UNION ALL SELECT paused FROM agents)) AS pauses,
      t.next_wake_at_ms AS wake, t.error_streak AS streak, t.repeats, t.clock_ms AS clock FROM town t`,
    nudgeMs ?? escalateMs ?? stopMs ?? null,
    escalateMs ?? stopMs ?? null,
    stopMs ?? null,
  );
  if (due && due.leases !== null && due.leases <= due.clock) checkLeases(scene);
  if (due && due.stalls !== null && due.stalls <= due.clock) checkStalls(scene);
  // A pass that failed sets it too. The platform may lose it; whatever rings puts its own dead-man there first.
  const wakeAtMs = town.isRinging ? null : (due?.wake ?? null);
  if (wakeAtMs !== null && wakeAtMs > town.nowMs && town.alarmAtMs !== null && town.alarmAtMs > wakeAtMs)
    violation(`L1 the loop means to wake at ${wakeAtMs}, and its alarm is set ${town.alarmAtMs - wakeAtMs} ms later`);
  if (!due || due.streak > 0) return; // a failing pass comes back by its own backoff
  for (const what of [
    "effects",
    "leases",
    "events",
    "beads",
    "agents",
    "stalls",
    "limits",
    "pauses",
    "landings",
  ] as const) {
    const atMs = due[what];
    if (atMs === null) continue;
    const { wake, clock } = due;
    // One that could not be stopped is tried again with backoff.
    if (what === "limits" && atMs <= clock && due.repeats !== "{}") continue;
    const tooLate = (nowMs: number) => wake === null || wake > Math.max(atMs, nowMs + IDLE_WAKE_MS);
    if (tooLate(clock) && tooLate(settledAtMs(scene, clock) + ALONE_MS))
      violation(
        `L1 ${what} are due at +${atMs - clock} ms and the loop wakes at ${wake === null ? "never" : `+${wake - clock} ms`}`,
      );
  }
  checkCalls(scene, due);
  const { backoffCapMs, startDeadlineMs } = scene.settings;
  const longestMs = Math.max(backoffCapMs, startDeadlineMs + scene.longestLeaseMs);
  if (
    due.latest !== null &&
    due.latest - due.clock > longestMs &&
    due.latest - settledAtMs(scene, due.clock) > longestMs
  )
    violation(`S7 a bead waits ${due.latest - due.clock} ms for its next try; the most is ${longestMs}`);
  if (due.wake !== null && town.nowMs - due.wake > 0 && due.wake < due.clock)
    violation(`L1 the loop means to wake ${due.clock - due.wake} ms before it last looked`);
}

const isLaunch = (lane: Lane): lane is Launch => "deadManMs" in lane;

/** Whatever waits for the slot of a call comes to it, also where the call's own effect is settled and its incarnation is gone. */
function checkCalls({ town, violation }: Scene, { wake, clock }: Due): void {
  for (const call of town.inFlight.lanes())
    if (isLaunch(call) && (wake === null || wake > Math.max(call.deadManMs, clock + IDLE_WAKE_MS)))
      violation(
        `L1 a slot is given back at +${call.deadManMs - clock} ms and the loop wakes at ${wake === null ? "never" : `+${wake - clock} ms`}`,
      );
}

/** The town's clock when it last settled something, or looked. */
function settledAtMs(scene: Scene, clockMs: number): number {
  const newest = "SELECT max(max(coalesce(ended_at_ms, 0), coalesce(accepted_at_ms, 0))) AS at FROM attempts";
  return Math.max(clockMs, oneOf<{ at: number | null }>(scene, newest)?.at ?? 0);
}

/** By true time: what was due this long ago has begun, whatever befell the alarm. */
export class Liveness {
  #overdueSinceMs: number | null = null;

  check(scene: Scene, graceMs: number): void {
    const { town, world, violation } = scene;
    const row = oneOf<{ wake: number | null }>(scene, "SELECT next_wake_at_ms AS wake FROM town");
    const overdue = row !== undefined && row.wake !== null && row.wake < town.nowMs;
    // While its disk takes nothing it can begin nothing: then it has as long as ever to come back by itself.
    if (!overdue || scene.lasting.disk) this.#overdueSinceMs = null;
    else this.#overdueSinceMs ??= world.nowMs;
    const waitedMs = this.#overdueSinceMs === null ? 0 : world.nowMs - this.#overdueSinceMs;
    if (waitedMs > graceMs + ERROR_WAKE_MS) {
      violation(`L1 a tick has been overdue for ${Math.round(waitedMs / 1_000)} s`);
      this.#overdueSinceMs = null;
    }
  }
}
