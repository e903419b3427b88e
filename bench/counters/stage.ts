import { townClient } from "../../src/dos/town-client.ts";
import { settingsSchema } from "../../src/lib/settings.ts";
import type { Report, Told } from "../../src/protocol/reports.ts";
import type { Cost } from "./costs.ts";
import type { WatchedTown } from "./watched-town.ts";

export interface CountersEnv {
  TOWN: DurableObjectNamespace<WatchedTown>;
}

const BOOT = "bench-boot";
export const HEAD = "a".repeat(40);

let towns = 0;
let seq = 0;

/** A town whose host agrees to everything, and the hands that do there what hosts and people do. */
export class Stage {
  readonly town: DurableObjectStub<WatchedTown>;
  readonly name: string;

  private constructor(name: string, town: DurableObjectStub<WatchedTown>) {
    this.name = name;
    this.town = town;
  }

  /** @param history closed beads, each with ten rows of what happened to it */
  static async open(env: CountersEnv, { history, agents }: { history: number; agents: number }): Promise<Stage> {
    const name = `bench-${++towns}-${crypto.randomUUID().slice(0, 8)}`;
    const stage = new Stage(name, env.TOWN.getByName(name));
    const { town } = stage;
    // Thousands are closed in this minute: without this the benchmark would measure the cap.
    const client = townClient(town);
    const settings = settingsSchema.parse({ startsPerMinute: 100_000 });
    await client.execute("create-town", { name, settings, paused: null });
    const rig = { id: "lib", repoUrl: "/nowhere.git", defaultBranch: "main", gate: null, maxGateMs: 60_000 };
    await client.execute("add-rig", { ...rig, landingsAtOnce: 1, maxAgents: null, maxInReview: null });
    for (let index = 0; index < agents; index++) {
      const agent = { id: `agent-${index}`, rig: "lib", role: "worker", provider: null, command: ["accept"], env: {} };
      await client.execute("add-agent", { ...agent, maxRunMs: 60_000 });
    }
    await stage.remember(history);
    await town.quiet();
    await town.reconcile();
    await town.take();
    return stage;
  }

  /** Rows as they stand a long time after: two attempts, four notes and four pieces of output for each bead. */
  private async remember(history: number): Promise<void> {
    if (history === 0) return;
    const from = (rows: string) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) ${rows}`;
    const { town } = this;
    await town.run(
      from(`INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, fence, created_at_ms, updated_at_ms, closed_at_ms)
        SELECT 'lib-' || i, i, 'lib', 'work', '', 'task', i % 5, 'closed', 2 * i, i, i, i FROM n`),
      history,
    );
    for (const kind of ["run", "landing"])
      await town.run(
        from(`INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms)
          SELECT 2 * i - ${kind === "run" ? 1 : 0}, '${kind}', 'lib', 'lib-' || i, ${kind === "run" ? "'agent-0'" : "NULL"}, 'finished', i, i, i FROM n`),
        history,
      );
    for (let piece = 1; piece <= 4; piece++) {
      await town.run(
        from(`INSERT INTO attempt_logs (fence, seq, at_ms, text) SELECT 2 * i - 1, ${piece}, i, 'some output' FROM n`),
        history,
      );
      await town.run(
        from(`INSERT INTO bead_notes (bead_id, at_ms, kind, text) SELECT 'lib-' || i, i, 'edited', 'a word' FROM n`),
        history,
      );
    }
    await town.run("UPDATE town SET last_bead = ?, last_fence = ?", history, 2 * history);
  }

  async bead(): Promise<string> {
    const words = { title: "work", body: "", acceptance: "", type: "task", priority: 2 } as const;
    const created = await townClient(this.town).execute("create-beads", {
      beads: [{ rig: "lib", ...words, labels: [], metadata: {}, touches: [], dependsOn: [] }],
    });
    await this.town.quiet();
    if (!created.ok) throw new Error(created.problem.detail);
    const [bead] = created.value.items;
    if (!bead) throw new Error("no bead was made");
    return bead.id;
  }

  /** The attempt that holds this bead now. */
  async attempt(bead: string): Promise<{ agent: string | null; bead: string; fence: number }> {
    const sql = "SELECT agent_id, fence FROM attempts WHERE bead_id = ? ORDER BY fence DESC LIMIT 1";
    const [row] = await this.town.run(sql, bead);
    return { agent: row?.agent_id as string | null, bead, fence: row?.fence as number };
  }

  async report(attempt: Awaited<ReturnType<Stage["attempt"]>>, told: Told): Promise<void> {
    const report = { ...attempt, seq: ++seq, ...told } as Report;
    const heard = await this.town.report({ protocol: 1, bootId: BOOT, reports: [report] });
    await this.town.quiet();
    if (!heard.ok || heard.value[0]?.verdict !== "ok") throw new Error(`not heard: ${JSON.stringify(heard)}`);
  }

  /** As if the town had last looked so much longer ago. */
  async passTime(ms: number): Promise<void> {
    await this.town.run("UPDATE town SET clock_ms = clock_ms - ?", ms);
  }

  /** What this cost the town. */
  async costOf(what: () => Promise<unknown>): Promise<Cost> {
    await this.town.take();
    await what();
    await this.town.quiet();
    return (await this.town.take()).cost;
  }

  async status(bead: string): Promise<unknown> {
    const [row] = await this.town.run("SELECT status FROM beads WHERE id = ?", bead);
    return row?.status;
  }
}
