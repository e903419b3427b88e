import { rowsOf, type Scene, steady } from "./scene.ts";
import { checkStood } from "./stalls.ts";
import { checkKeptApart, toldByRuns } from "./whose-trouble.ts";

type State = "starting" | "running" | "stopping" | "released" | "finished" | "failed" | "stopped";
type Attempt = {
  fence: number;
  state: State;
  kind: string;
  bead: string;
  head: string | null;
  failure: string | null;
  agent: string | null;
  started: number;
};

const NEXT: Record<State, readonly State[]> = {
  starting: ["running", "released", "finished", "failed", "stopping", "stopped"],
  running: ["finished", "failed", "released", "stopping", "stopped"],
  released: ["running", "finished", "failed", "stopping"], // adopted, and perhaps at its end, or called off, at once
  stopping: ["stopped"],
  stopped: ["finished"], // a landing that had reached the remote
  finished: [],
  failed: [],
};

const HOSTS_ANSWERS = ["deadline", "rejected", "refused", "effect_broken"];
const INFRASTRUCTURE = ["refused", "unreachable", "timed_out", "provider_limited", "auth", "lost", "rig_trouble"];

/** The journal only advances: no attempt goes back, no ended one changes, and fences rise. */
export class Journal {
  readonly #known = new Map<string, Attempt>();
  readonly #failures = new Map<string, number>();
  readonly #landed = new Map<string, number>();
  readonly #newest = new Map<string, number>();
  #highest = 0;
  #starts: number[] = [];
  /** Below it every attempt has ended for good. */
  #openFrom = 1;
  #rows: Attempt[] | null = null;

  check(scene: Scene): void {
    const rows = rowsOf<Attempt>(
      scene,
      `SELECT fence, state, kind, bead_id AS bead, head, failure, agent_id AS agent, started_at_ms AS started FROM attempts WHERE fence >= ? ORDER BY fence`,
      this.#openFrom,
    );
    // The very same answer: nothing that it tells of has been written to since.
    const failed = rows === this.#rows ? [] : this.#goThrough(scene, rows);
    this.#rows = rows;
    this.#checkBudgets(scene, failed);
  }

  /** @returns those whose agents have failed since the last time */
  #goThrough(scene: Scene, rows: Attempt[]): Attempt[] {
    const failed: Attempt[] = [];
    for (const row of rows) {
      const before = this.#known.get(String(row.fence));
      if (!before) this.#begins(scene, row);
      else if (before.state !== row.state) this.#moves(scene, before, row);
      else if (isOver(row) && before.head !== row.head)
        scene.violation(`the journal: fence ${row.fence} is ${row.state} and changed its head`);
      if (before?.state !== row.state && row.state === "failed" && row.kind === "run") failed.push(row);
      if (wasGivenUp(row) && !(before && wasGivenUp(before))) {
        failed.push(row);
        if (codeOf(row) === "stalled") checkStood(scene, row.fence);
      }
      this.#known.set(String(row.fence), row);
    }
    for (const { bead, fence } of rows) this.#newest.set(bead, Math.max(fence, this.#newest.get(bead) ?? 0));
    this.#openFrom = rows.find((row) => !this.#isSettled(row))?.fence ?? this.#openFrom;
    return failed;
  }

  /** Nothing becomes of it any more: a released one may be adopted only as long as it is the newest of its bead. */
  #isSettled(row: Attempt): boolean {
    return isOver(row) || (row.state === "released" && this.#newest.get(row.bead) !== row.fence);
  }

  #begins(scene: Scene, { fence, started }: Attempt): void {
    const { violation, settings } = scene;
    if (fence <= this.#highest) violation(`the journal: fence ${fence} is new and not above ${this.#highest}`);
    if (fence > this.#highest + 1)
      violation(`the journal: fence ${fence} comes after ${this.#highest}; fences have no gaps`);
    this.#highest = Math.max(this.#highest, fence);
    this.#starts = [...this.#starts.filter((atMs) => atMs > started - 60_000), started];
    // What the world has made old is gone with its attempts, though they began a moment ago (`history.ts`).
    const there = (): number =>
      rowsOf<{ n: number }>(scene, "SELECT count(*) AS n FROM attempts WHERE started_at_ms > ?", started - 60_000)[0]
        ?.n ?? 0;
    if (this.#starts.length > settings.startsPerMinute && steady(scene) && there() > settings.startsPerMinute)
      violation(`S7 ${this.#starts.length} attempts began within a minute; the cap is ${settings.startsPerMinute}`);
  }

  #moves(scene: Scene, before: Attempt, row: Attempt): void {
    const { violation } = scene;
    if (row.state === "released") this.#released(scene, before.state, row);
    if (row.kind === "run" && isGivenUp(before.state, row)) this.#gaveUp(scene, row);
    const landing = row.kind === "landing";
    const may = NEXT[before.state].includes(row.state) || (before.state === "released" && row.state === "stopped");
    if (!may || (before.state === "stopped" && !landing))
      violation(`the journal: fence ${row.fence} went from ${before.state} to ${row.state}`);
    if (landing && row.state === "finished") {
      const times = (this.#landed.get(row.bead) ?? 0) + 1;
      this.#landed.set(row.bead, times);
      const again = rowsOf(scene, "SELECT 1 FROM bead_notes WHERE bead_id = ? AND kind = 'reopened'", row.bead).length;
      if (times > 1 + again) violation(`S2 ${row.bead} landed ${times} times`);
    }
  }

  /** S5: whom the town does not hear is dead by the lease that its host was told, and not by any other. */
  #gaveUp(scene: Scene, { fence }: Attempt): void {
    if (!steady(scene)) return;
    const work = scene.hosts.flatMap((host) => host.live()).find((each) => each.fence === fence);
    if (!work || work.provedAtMs === null) return;
    const leftMs = work.provedAtMs + work.of.order.leaseMs - scene.world.nowMs;
    if (leftMs > 0) scene.violation(`S5 fence ${fence} was given up, and may live for another ${leftMs} ms`);
  }

  /** What was taken back stands where it was: a landing in review, an agent in trouble cooling down. */
  #released(scene: Scene, before: State, { fence, kind, failure, agent, bead: of }: Attempt): void {
    const [bead] = rowsOf<{ status: string }>(scene, "SELECT status FROM beads WHERE fence = ?", fence);
    if (kind === "landing" && bead && bead.status !== "in_review" && bead.status !== "cancelled")
      scene.violation(`S4 the landing of fence ${fence} was taken back and its bead is ${bead.status}`);
    const { kind: why, code } = JSON.parse(failure ?? "{}") as { kind?: string; code?: string };
    // What was asked of a host while it ran was no start, so no answer takes it back.
    if (before === "running" && HOSTS_ANSWERS.includes(code ?? ""))
      scene.violation(`S4 fence ${fence} ran, and was taken back for an answer (${code})`);
    if (why !== "provider_limited" && why !== "auth") return;
    checkKeptApart(scene, { fence, bead: of, agent, why });
  }

  /** Only an agent that ran and failed costs its bead: one each. */
  #checkBudgets(scene: Scene, failed: Attempt[]): void {
    for (const { failure, fence } of failed)
      if (INFRASTRUCTURE.includes((JSON.parse(failure ?? "{}") as { kind: string }).kind))
        scene.violation(`the budget: fence ${fence} failed for ${failure}`);
    const rows = rowsOf<{ id: string; failures: number }>(
      scene,
      "SELECT id, failures FROM beads WHERE failures > 0 OR id IN (SELECT value FROM json_each(?))",
      JSON.stringify([...this.#failures.keys(), ...failed.map(({ bead }) => bead)]),
    );
    for (const { id, failures } of rows) {
      const before = this.#failures.get(id) ?? 0;
      const ran = failed.filter(({ bead }) => bead === id).length;
      if (failures > before + ran || (ran > 0 && failures < before + ran))
        scene.violation(`the budget: ${id} pays ${failures - before} for ${ran} failed runs`);
      if (failures > 0) this.#failures.set(id, failures);
      else this.#failures.delete(id);
    }
    const { agentFailureBudget, reworkBudget } = scene.settings;
    const spared = rowsOf<{ id: string }>(
      scene,
      "SELECT id FROM beads WHERE status = 'failed' AND failures < ? AND reworks < ? AND unpaid_tries < (SELECT json_extract(settings, '$.unpaidTriesPerDay') FROM town)",
      agentFailureBudget,
      reworkBudget,
    );
    for (const { id } of spared)
      if (!toldByRuns(scene, id)) scene.violation(`the budget: ${id} is parked and has not used it up`);
  }
}

/** For its silence: nobody has said that it is gone. */
const isGivenUp = (before: State, row: Attempt): boolean =>
  (row.state === "released" && codeOf(row) === "lease_expired") || (before === "stopping" && row.state === "stopped");

const codeOf = ({ failure }: Attempt): string | undefined => (JSON.parse(failure ?? "{}") as { code?: string }).code;

/** It was stopped for standing still, or for lasting too long: its agent ran, and failed. */
const wasGivenUp = (row: Attempt): boolean =>
  row.kind === "run" &&
  (row.state === "stopping" || row.state === "stopped") &&
  (codeOf(row) === "stalled" || codeOf(row) === "past_limit");

const isOver = ({ state }: Attempt): boolean => state === "finished" || state === "failed" || state === "stopped";
