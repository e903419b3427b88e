import { oneOf, rowsOf, type Scene, steady } from "./scene.ts";

type Bead = { id: string; status: string; over: number; parent: string | null; convoy: string | null; changed: number };
type Attempt = { fence: number; bead: string; agent: string | null; kind: string; state: string; lease: number };
type Bond = { bead: string; blocker: string; type: string };
type Convoy = { id: string; state: string; over: number };

interface Rows {
  beads: Map<string, Bead>;
  attempts: Map<number, Attempt>;
  bonds: Bond[];
  convoys: Map<string, Convoy>;
  /** Of logs, notes and bonds. */
  others: number;
}

/** What a step may delete, said here a second time; and one bead, and its convoy, more. */
const A_STEP = 200 + 2;

const DAY_MS = 86_400_000;

const isOver = ({ status }: { status: string }): boolean => status === "closed" || status === "cancelled";
const isLive = ({ state }: Attempt): boolean => state === "starting" || state === "running" || state === "stopping";

/**
 * What is gone was old, and nobody needed it: held against what stood there one step before. And what nobody needs goes:
 * when all is quiet, nothing old is left but what something holds.
 */
export class History {
  /** Attempts that are gone. */
  readonly dead: Attempt[] = [];
  #before: Rows | null = null;

  check(scene: Scene): void {
    const { retention } = scene.settings;
    if (retention.days === null && retention.logDays === null) return;
    const now = read(scene);
    if (this.#before) this.#compare(scene, this.#before, now);
    this.#before = now;
    checkWhole(scene);
  }

  #compare(scene: Scene, before: Rows, now: Rows): void {
    const attempts = [...before.attempts.values()].filter(({ fence }) => !now.attempts.has(fence));
    const beads = [...before.beads.values()].filter(({ id }) => !now.beads.has(id));
    this.dead.push(...attempts);
    const count = attempts.length + beads.length + Math.max(0, before.others - now.others);
    if (count > A_STEP) scene.violation(`history: ${count} rows went in one step`);
    for (const id of new Set([...beads.map((bead) => bead.id), ...attempts.map(({ bead }) => bead)])) {
      const bead = before.beads.get(id);
      if (bead)
        for (const why of neededFor(scene, bead, before, now)) scene.violation(`history: ${id} went, and ${why}`);
    }
  }

  /** All has come to an end, and the town sleeps: for good, unless something is still to go. */
  checkEnd(scene: Scene): void {
    const { days, logDays } = scene.settings.retention;
    if (days === null) return;
    const now = read(scene);
    for (const bead of now.beads.values())
      if (isOver(bead) && [...neededFor(scene, bead, now, now)].length === 0)
        scene.violation(`history: ${bead.id} is ${bead.status}, old, needed by nobody, and stays for ever`);
    const log =
      logDays === null ? undefined : oneOf<{ fence: number }>(scene, "SELECT fence FROM attempt_logs LIMIT 1");
    if (log) scene.violation(`history: what fence ${log.fence} printed stays for ever`);
  }
}

/** It is live; or was a moment ago, and its agent knows nothing of its end. */
const holds = (scene: Scene, attempt: Attempt): boolean =>
  isLive(attempt) &&
  (attempt.agent === null || oneOf(scene, "SELECT 1 AS x FROM agents WHERE fence = ?", attempt.fence) !== undefined);

/** Why this bead should be there: by what stood before, and by what has become of the others. */
function* neededFor(scene: Scene, bead: Bead, before: Rows, now: Rows): Generator<string> {
  const { clock } = oneOf<{ clock: number }>(scene, "SELECT clock_ms AS clock FROM town") ?? { clock: 0 };
  const { days } = scene.settings.retention;
  const { id, status, parent } = bead;
  if (!isOver(bead)) yield `it was ${status}`;
  const convoy = before.convoys.get(bead.convoy ?? "");
  const oldMs = clock - Math.max(bead.over, convoy?.over ?? 0);
  if (oldMs < (days === null ? Number.POSITIVE_INFINITY : Math.floor(days * DAY_MS)))
    yield `it was over for ${oldMs} ms`;
  // When the clock has gone back, leases have since gone back with it.
  for (const attempt of steady(scene) ? before.attempts.values() : [])
    if (attempt.bead === id && attempt.lease > clock && (attempt.state === "released" || holds(scene, attempt)))
      yield `fence ${attempt.fence} was ${attempt.state}`;
  for (const { bead: other, blocker, type } of before.bonds) {
    const dependant = blocker === id ? now.beads.get(other) : undefined;
    // What was just said of it was said before its blocker went.
    if (!dependant || (now !== before && dependant.changed >= clock)) continue;
    if (!isOver(dependant)) yield `${other}, which is ${dependant.status}, depends on it`;
    else if (status === "cancelled" && type === "blocks") yield `${other} would wait for it again`;
  }
  for (const { bead: other, blocker, type } of now.bonds)
    if (blocker === parent && type.startsWith("waits-for")) yield `${other} waits for the parts of ${blocker}`;
  for (const child of now.beads.values()) if (child.parent === id) yield `${child.id} is a part of it`;
  const whole = now.beads.get(parent ?? "");
  if (whole && !isOver(whole)) yield `it is a part of ${whole.id}, which is ${whole.status}`;
  const ship = now.convoys.get(bead.convoy ?? "");
  if (ship && ship.state !== "closed" && ship.state !== "cancelled") yield `its convoy ${ship.id} is ${ship.state}`;
}

function read(scene: Scene): Rows {
  const beads = rowsOf<Bead>(
    scene,
    "SELECT id, status, coalesce(closed_at_ms, updated_at_ms) AS over, parent_id AS parent, convoy_id AS convoy, updated_at_ms AS changed FROM beads",
  );
  const attempts = rowsOf<Attempt>(
    scene,
    "SELECT fence, bead_id AS bead, agent_id AS agent, kind, state, lease_until_ms AS lease FROM attempts",
  );
  const convoys = rowsOf<Convoy>(scene, "SELECT id, state, coalesce(closed_at_ms, 0) AS over FROM convoys");
  const bonds = rowsOf<Bond>(scene, "SELECT bead_id AS bead, blocker_id AS blocker, type FROM bead_dependencies");
  const { n = 0 } =
    oneOf<{ n: number }>(
      scene,
      "SELECT (SELECT count(*) FROM attempt_logs) + (SELECT count(*) FROM bead_notes) + (SELECT count(*) FROM bead_dependencies) AS n",
    ) ?? {};
  return {
    beads: new Map(beads.map((bead) => [bead.id, bead])),
    attempts: new Map(attempts.map((attempt) => [attempt.fence, attempt])),
    convoys: new Map(convoys.map((convoy) => [convoy.id, convoy])),
    bonds,
    others: n,
  };
}

const LEFT_BEHIND = [
  "SELECT 'attempt ' || fence AS what FROM attempts WHERE bead_id NOT IN (SELECT id FROM beads)",
  "SELECT 'a log of fence ' || fence AS what FROM attempt_logs WHERE fence NOT IN (SELECT fence FROM attempts)",
  "SELECT 'an effect of fence ' || fence AS what FROM effects WHERE fence NOT IN (SELECT fence FROM attempts)",
  "SELECT 'a note on ' || bead_id AS what FROM bead_notes WHERE bead_id NOT IN (SELECT id FROM beads)",
  "SELECT 'a dependency of ' || bead_id AS what FROM bead_dependencies WHERE bead_id NOT IN (SELECT id FROM beads) OR blocker_id NOT IN (SELECT id FROM beads)",
  "SELECT 'bead ' || id || ' as a part' AS what FROM beads WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM beads)",
  "SELECT 'bead ' || id || ' as a member' AS what FROM beads WHERE convoy_id IS NOT NULL AND convoy_id NOT IN (SELECT id FROM convoys)",
];

/** Nothing is left behind of what is gone. */
function checkWhole(scene: Scene): void {
  for (const query of LEFT_BEHIND) {
    const left = oneOf<{ what: string }>(scene, `${query} LIMIT 1`);
    if (left) scene.violation(`history: ${left.what} is left behind`);
  }
}
