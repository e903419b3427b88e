import { oneOf, rowsOf, type Scene, steady } from "./scene.ts";

type Bead = { id: string; status: string; over: number; parent: string | null; convoy: string | null; changed: number };
type Attempt = { fence: number; bead: string; agent: string | null; kind: string };
type Leased = { fence: number; state: string; lease: number };
type Bond = { bead: string; blocker: string; type: string };
type Convoy = { id: string; state: string; over: number };

interface Rows {
  beads: Map<string, Bead>;
  attempts: Map<number, Attempt>;
  /** Those that may live by now. */
  leased: Leased[];
  bonds: Bond[];
  convoys: Map<string, Convoy>;
  /** Of logs, notes and bonds. */
  others: number;
}

/** What a step may delete, said here a second time; and one bead, and its convoy, more. */
const A_STEP = 200 + 2;

const DAY_MS = 86_400_000;

const isOver = ({ status }: { status: string }): boolean => status === "closed" || status === "cancelled";
const isLive = ({ state }: Leased): boolean => state === "starting" || state === "running" || state === "stopping";

/**
 * What is gone was old, and nobody needed it: held against what stood there one step before. And what nobody needs goes:
 * when all is quiet, nothing old is left but what something holds.
 */
export class History {
  /** Attempts that are gone. */
  readonly dead: Attempt[] = [];
  #before: Rows | null = null;
  readonly #beads = mapped(({ id }: Bead) => id);
  readonly #attempts = mapped(({ fence }: Attempt) => fence);
  readonly #convoys = mapped(({ id }: Convoy) => id);

  check(scene: Scene): void {
    const { retention } = scene.settings;
    if (retention.days === null && retention.logDays === null) return;
    const now = this.#read(scene);
    if (this.#before) this.#compare(scene, this.#before, now);
    this.#before = now;
    checkWhole(scene);
  }

  #read(scene: Scene): Rows {
    return {
      beads: this.#beads(rowsOf<Bead>(scene, BEADS)),
      attempts: this.#attempts(rowsOf<Attempt>(scene, ATTEMPTS)),
      leased: rowsOf<Leased>(scene, LEASED),
      convoys: this.#convoys(rowsOf<Convoy>(scene, CONVOYS)),
      bonds: rowsOf<Bond>(scene, BONDS),
      others: oneOf<{ n: number }>(scene, OTHERS)?.n ?? 0,
    };
  }

  #compare(scene: Scene, before: Rows, now: Rows): void {
    const attempts = gone(before.attempts, now.attempts);
    const beads = gone(before.beads, now.beads);
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
    const now = this.#read(scene);
    for (const bead of now.beads.values())
      if (isOver(bead) && [...neededFor(scene, bead, now, now)].length === 0)
        scene.violation(`history: ${bead.id} is ${bead.status}, old, needed by nobody, and stays for ever`);
    const log =
      logDays === null ? undefined : oneOf<{ fence: number }>(scene, "SELECT fence FROM attempt_logs LIMIT 1");
    if (log) scene.violation(`history: what fence ${log.fence} printed stays for ever`);
  }
}

/** It is live; or was a moment ago, and its agent knows nothing of its end. */
const holds = (scene: Scene, attempt: Attempt, leased: Leased): boolean =>
  isLive(leased) &&
  (attempt.agent === null || oneOf(scene, "SELECT 1 AS x FROM agents WHERE fence = ?", attempt.fence) !== undefined);

/** Nothing, if they were not even read anew. */
const gone = <K, T>(before: ReadonlyMap<K, T>, now: ReadonlyMap<K, T>): T[] =>
  before === now ? [] : [...before].flatMap(([key, one]) => (now.has(key) ? [] : [one]));

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
  for (const leased of steady(scene) ? before.leased : []) {
    const attempt = before.attempts.get(leased.fence);
    if (attempt?.bead !== id || leased.lease <= clock) continue;
    if (leased.state === "released" || holds(scene, attempt, leased)) yield `fence ${leased.fence} was ${leased.state}`;
  }
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

const BEADS =
  "SELECT id, status, coalesce(closed_at_ms, updated_at_ms) AS over, parent_id AS parent, convoy_id AS convoy, updated_at_ms AS changed FROM beads";
const ATTEMPTS = "SELECT fence, bead_id AS bead, agent_id AS agent, kind FROM attempts";
/** Whose lease has run out holds nothing any more, and the clock goes on. */
const LEASED =
  "SELECT fence, state, lease_until_ms AS lease FROM attempts WHERE lease_until_ms > (SELECT clock_ms FROM town)";
const CONVOYS = "SELECT id, state, coalesce(closed_at_ms, 0) AS over FROM convoys";
const BONDS = "SELECT bead_id AS bead, blocker_id AS blocker, type FROM bead_dependencies";
const OTHERS =
  "SELECT (SELECT count(*) FROM attempt_logs) + (SELECT count(*) FROM bead_notes) + (SELECT count(*) FROM bead_dependencies) AS n";

/** What the same rows were made into is made once. */
function mapped<K, T>(keyOf: (row: T) => K): (rows: T[]) => Map<K, T> {
  let last: { rows: T[]; map: Map<K, T> } | null = null;
  return (rows) => {
    if (last?.rows !== rows) last = { rows, map: new Map(rows.map((row) => [keyOf(row), row])) };
    return last.map;
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
