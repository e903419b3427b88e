import { rowsOf, type Scene } from "./scene.ts";

type State = "starting" | "running" | "stopping" | "released" | "finished" | "failed" | "stopped";
type Attempt = {
  fence: number;
  state: State;
  kind: string;
  bead: string;
  head: string | null;
  failure: string | null;
};

const NEXT: Record<State, readonly State[]> = {
  starting: ["running", "released", "finished", "failed", "stopping", "stopped"],
  running: ["finished", "failed", "released", "stopping", "stopped"],
  released: ["running", "finished", "failed"], // adopted, and perhaps at its end at once
  stopping: ["stopped"],
  stopped: ["finished"], // a landing that had reached the remote
  finished: [],
  failed: [],
};

const INFRASTRUCTURE = ["refused", "unreachable", "timed_out", "provider_limited", "auth", "lost"];

/** The journal only advances: no attempt goes back, no ended one changes, and fences rise. */
export class Journal {
  readonly #known = new Map<string, Attempt>();
  readonly #failures = new Map<string, number>();
  readonly #landed = new Map<string, number>();
  #highest = 0;
  /** Below it every attempt has ended for good. */
  #openFrom = 1;

  check(scene: Scene): void {
    const rows = rowsOf<Attempt>(
      scene,
      `SELECT fence, state, kind, bead_id AS bead, head, failure FROM attempts WHERE fence >= ? ORDER BY fence`,
      this.#openFrom,
    );
    const failed: Attempt[] = [];
    for (const row of rows) {
      const before = this.#known.get(String(row.fence));
      if (!before) this.#begins(scene, row);
      else if (before.state !== row.state) this.#moves(scene, before, row);
      else if (isOver(row) && before.head !== row.head)
        scene.violation(`the journal: fence ${row.fence} is ${row.state} and changed its head`);
      if (before?.state !== row.state && row.state === "failed" && row.kind === "run") failed.push(row);
      this.#known.set(String(row.fence), row);
    }
    this.#openFrom = rows.find((row) => !isOver(row))?.fence ?? this.#openFrom;
    this.#checkBudgets(scene, failed);
  }

  #begins({ violation }: Scene, { fence, state }: Attempt): void {
    if (fence <= this.#highest) violation(`the journal: fence ${fence} is new and not above ${this.#highest}`);
    this.#highest = Math.max(this.#highest, fence);
    if (state === "released" || state === "stopped") return; // begun and ended in one step
  }

  #moves({ violation }: Scene, before: Attempt, row: Attempt): void {
    const landing = row.kind === "landing";
    const may = NEXT[before.state].includes(row.state) || (before.state === "released" && row.state === "stopped");
    if (!may || (before.state === "stopped" && !landing))
      violation(`the journal: fence ${row.fence} went from ${before.state} to ${row.state}`);
    if (landing && row.state === "finished") {
      const times = (this.#landed.get(row.bead) ?? 0) + 1;
      this.#landed.set(row.bead, times);
      if (times > 1) violation(`S2 ${row.bead} landed ${times} times`);
    }
  }

  /** Only an agent that ran and failed costs its bead: one each. */
  #checkBudgets(scene: Scene, failed: Attempt[]): void {
    for (const { failure, fence } of failed)
      if (INFRASTRUCTURE.includes((JSON.parse(failure ?? "{}") as { kind: string }).kind))
        scene.violation(`the budget: fence ${fence} failed for ${failure}`);
    const rows = rowsOf<{ id: string; failures: number }>(
      scene,
      "SELECT id, failures FROM beads WHERE failures > 0 OR id IN (SELECT bead_id FROM attempts WHERE state = 'failed')",
    );
    for (const { id, failures } of rows) {
      const before = this.#failures.get(id) ?? 0;
      const ran = failed.filter(({ bead }) => bead === id).length;
      if (failures > before + ran)
        scene.violation(`the budget: ${id} pays ${failures - before} for ${ran} failed runs`);
      this.#failures.set(id, failures);
    }
  }
}

const isOver = ({ state }: Attempt): boolean => state === "finished" || state === "failed" || state === "stopped";
