import { readTown } from "../../src/db/town-row.ts";
import type { Report, Verdict } from "../../src/protocol/reports.ts";
import { type Breaker, breakerOf, oneOf, type Row, rowsOf, type Scene } from "./scene.ts";

type Attempt = {
  fence: number;
  bead: string;
  agent: string | null;
  kind: string;
  state: string;
  head: string | null;
  lastBoot: string | null;
  lastSeq: number | null;
  failure: string | null;
  rig: string;
  limitAt: number | null;
  host: string | null;
};

export interface Expected {
  report: Report;
  verdict: "fenced" | "ok" | "duplicate";
  /** It is refused because its run has lasted too long, and ends it if no pass has done so before. */
  endsIt: boolean;
  /** What a fenced report must leave as it was; null: it is not to be fenced. */
  before: Untouched | null;
  breaker: Breaker | null;
  /** It is the first word of its attempt, and nothing else is to be taken with it. */
  first: boolean;
}

interface Untouched {
  rows: Row[];
  lastFence: number;
  /**
   * Facts that were kept are due, since the pass before it failed: they are heard with it, and may change the same rows. So may a
   * clock that has gone back, if no pass has followed it yet.
   */
  beside: boolean;
}

/** What a report deserves, by the rows as they are before it: worked out here again, from the design and not from the code. */
export function expectVerdict(scene: Scene, report: Report, bootId: string): Expected {
  const attempt = oneOf<Attempt>(
    scene,
    `SELECT fence, bead_id AS bead, agent_id AS agent, kind, state, head, last_boot_id AS lastBoot, last_seq AS lastSeq, failure, rig_id AS rig, host_id AS host,
      accepted_at_ms + limit_ms * (1 + (kind = 'landing')) + (SELECT json_extract(settings, '$.limitMarginMs') FROM town) AS limitAt
      FROM attempts WHERE fence = ? AND bead_id = ?`,
    report.fence,
    report.bead,
  );
  const verdict =
    !attempt || !canSay(attempt, report)
      ? "fenced"
      : isKnown(attempt, report, bootId)
        ? "duplicate"
        : speaks(scene, attempt, report)
          ? "ok"
          : "fenced";
  const pending = oneOf(scene, "SELECT 1 AS x FROM events WHERE quarantined_at_ms IS NULL LIMIT 1") !== undefined;
  const isOver = verdict === "fenced" && attempt?.state === "running";
  return {
    report,
    verdict,
    endsIt: isOver && attempt.limitAt !== null && attempt.limitAt <= scene.town.nowMs,
    before: verdict === "fenced" ? untouched(scene, report) : null,
    breaker: pending ? null : breakerOf(scene, report.fence),
    first: attempt !== undefined && attempt.lastSeq === null,
  };
}

const untouched = (scene: Scene, report: Report): Untouched => ({
  rows: involved(scene, report),
  lastFence: oneOf<{ n: number }>(scene, "SELECT last_fence AS n FROM town")?.n ?? 0,
  beside:
    oneOf(
      scene,
      "SELECT 1 AS x FROM events WHERE quarantined_at_ms IS NULL AND due_at_ms <= ?1 UNION SELECT 1 FROM town WHERE clock_ms > ?1 LIMIT 1",
      scene.town.nowMs,
    ) !== undefined,
});

/** A run never lands, and a landing never finishes: to say so is refused before anything else. */
const canSay = ({ kind }: Attempt, report: Report): boolean =>
  kind === "run"
    ? report.kind !== "landed" && report.kind !== "rejected"
    : report.kind !== "finished" && report.kind !== "unchanged";

/** The first that is heard of an attempt ends its host's breaker, and nothing else that a run says does. */
function checkBreaker(scene: Scene, { report, verdict, breaker, first }: Expected): void {
  if (breaker === null) return;
  const after = breakerOf(scene, report.fence);
  // The pass may have begun another one.
  const stands = after !== null && after.sinceMs === breaker.sinceMs && after.failures >= breaker.failures;
  const proof = verdict === "ok" && first;
  if (proof && stands)
    scene.violation(
      `breaker: fence ${report.fence} was heard of, after the failure of fence ${breaker.fence}, and it stands`,
    );
  if (!proof && !stands)
    scene.violation(
      `breaker: a ${report.kind} of fence ${report.fence} ended it, and fence ${breaker.fence} had failed`,
    );
}

export function checkVerdict(scene: Scene, expected: Expected, got: Verdict): void {
  const { report, verdict, before } = expected;
  if (got === "pending") return; // the pass failed; it is applied later
  const what = `${report.kind} of fence ${report.fence}`;
  if (got !== verdict) scene.violation(`S6 a ${what} was answered ${got}, and deserves ${verdict}`);
  checkBreaker(scene, expected);
  if (before && !before.beside) checkUntouched(scene, report, before, what);
}

function checkUntouched(scene: Scene, report: Report, { rows, lastFence }: Untouched, what: string): void {
  const before = JSON.stringify(rows);
  const after = JSON.stringify(involved(scene, report));
  if (after === before) return;
  // The pass that a report comes with may also begin what was due, or take back another whose lease had run out.
  const begun = oneOf(scene, "SELECT 1 AS x FROM attempts WHERE bead_id = ? AND fence > ?", report.bead, lastFence);
  const lapsed = rows.some(
    ({ fence, state, lease_until_ms }) =>
      fence !== report.fence &&
      (state === "starting" || state === "running") &&
      Number(lease_until_ms) <= scene.town.nowMs,
  );
  // Where the pass before could not end what has lasted too long, the report does.
  const endedByIt =
    Number(rows.find(({ fence, state }) => fence === report.fence && state === "running")?.limitAt ?? 9e15) <=
    scene.town.nowMs;
  if (!begun && !lapsed && !endedByIt) scene.violation(`S6 a fenced ${what} changed rows: ${before} became ${after}`);
}

function isKnown(attempt: Attempt, report: Report, bootId: string): boolean {
  const { state, kind, head } = attempt;
  if (report.kind === "finished") return kind === "run" && state === "finished" && head === report.head;
  if (report.kind === "unchanged") return kind === "run" && state === "finished" && head === null;
  if (report.kind === "landed") return kind === "landing" && state === "finished" && head === report.head;
  if (report.kind === "failed" || report.kind === "rejected") {
    const failure = JSON.parse(attempt.failure ?? "null") as { kind: string; code: string } | null;
    if (report.kind === "rejected") return kind === "landing" && state === "failed" && failure?.code === report.code;
    return (
      (state === "failed" || state === "released") && failure?.kind === report.failure && failure.code === report.code
    );
  }
  return (
    state === "running" && attempt.lastBoot === bootId && attempt.lastSeq !== null && report.seq <= attempt.lastSeq
  );
}

/** Whether it speaks for the live attempt of its bead, or adopts a released one that nobody has followed. */
function speaks(scene: Scene, attempt: Attempt, report: Report): boolean {
  if (attempt.agent !== report.agent) return false;
  if (isDisowned(scene, attempt)) return false;
  const isAlive = report.kind === "heartbeat" || report.kind === "progress" || report.kind === "log";
  const isTooOld = isAlive && attempt.limitAt !== null && attempt.limitAt <= scene.town.nowMs;
  if (attempt.state === "running") return !isTooOld;
  if (attempt.state === "starting") return true;
  const bead = oneOf<{ fence: number; status: string; agent: string | null }>(
    scene,
    "SELECT fence, status, agent_id AS agent FROM beads WHERE id = ?",
    attempt.bead,
  );
  if (bead?.fence !== attempt.fence) return false;
  if (report.kind === "landed" && (attempt.state === "released" || attempt.state === "stopped")) return true;
  if (attempt.state !== "released" || isTooOld) return false;
  if (attempt.kind === "landing") {
    const full = oneOf(
      scene,
      `SELECT 1 AS x FROM attempts a JOIN rigs r ON r.id = a.rig_id WHERE r.id = ? AND a.kind = 'landing' AND a.ended_at_ms IS NULL
        GROUP BY r.id HAVING count(*) >= r.landings_at_once`,
      attempt.rig,
    );
    return bead.status === "in_review" && !full;
  }
  const agent = oneOf<{ status: string; bead: string | null }>(
    scene,
    "SELECT status, bead_id AS bead FROM agents WHERE id = ?",
    attempt.agent,
  );
  return (
    bead.status === "in_progress" &&
    bead.agent === attempt.agent &&
    agent?.status === "idle" &&
    agent.bead === attempt.bead &&
    !(isAlive && isFull(scene, attempt))
  );
}

/** Its host was taken away since, and not drained: nothing that it says of what ran there counts. */
const isDisowned = ({ joined }: Scene, { host, fence }: Attempt): boolean =>
  host !== null && joined !== null && joined.isDisowned(host, fence);

/** As many run as may, without this one, which was given up. */
function isFull(scene: Scene, { agent, rig }: Attempt): boolean {
  const { settings } = readTown(scene.town.tx);
  const role = oneOf<{ role: string }>(scene, "SELECT role FROM agents WHERE id = ?", agent)?.role ?? "";
  const live = rowsOf<{ rig: string; role: string }>(
    scene,
    "SELECT t.rig_id AS rig, g.role FROM attempts t JOIN agents g ON g.id = t.agent_id WHERE t.kind = 'run' AND t.ended_at_ms IS NULL",
  );
  const { maxAgents = 1e9, maxAgentsPerRig = 1e9, maxAgentsByRole } = settings;
  return (
    live.length >= maxAgents ||
    live.filter((run) => run.rig === rig).length >= maxAgentsPerRig ||
    live.filter((run) => run.role === role).length >= (maxAgentsByRole[role] ?? 1e9)
  );
}

/** The bead, and every attempt and agent that has to do with it: but for a stop, which a last word may end. */
const involved = (scene: Scene, { bead }: Report): Row[] => [
  ...rowsOf(
    scene,
    "SELECT id, status, agent_id, fence, failures, dispatch_failures, not_before_ms, head FROM beads WHERE id = ?",
    bead,
  ),
  ...rowsOf(
    scene,
    `SELECT fence, state, lease_until_ms, last_seq, head,
      CASE state WHEN 'running' THEN accepted_at_ms + limit_ms * (1 + (kind = 'landing')) + (SELECT json_extract(settings, '$.limitMarginMs') FROM town) END AS limitAt
      FROM attempts WHERE bead_id = ? AND state NOT IN ('stopping', 'stopped')`,
    bead,
  ),
  ...rowsOf(scene, "SELECT id, status, fence FROM agents WHERE bead_id = ?", bead),
];
