/** Townkeeper's durable transitions in one Durable Object, and nothing else of it: no planner, no gates, no fence checks, no tokens, no parsing. */
import { DurableObject } from "cloudflare:workers";
import finalSchema from "../../../../migrations/final/schema.sql";
import { MANY_CONNECTIONS, slotsOf } from "../../../../src/lib/lane.ts";
import type { MergeRequest } from "../../../../src/protocol/merges.ts";
import type { Report } from "../../../../src/protocol/reports.ts";
import type { StartRequest } from "../../../../src/protocol/runs.ts";
import * as bare from "../../../counters/bare-sql.ts";
import { type Rows, rowsOf } from "./rows.ts";

interface Env {
  FLOOR: DurableObjectNamespace<Floor>;
  HOST_URL: string;
  OWN_URL: string;
  /** "shared": what comes while a commit is on its way to disk goes into the next, all of it together. Else each event has its own. */
  COMMITS: "own" | "shared";
}

type Kind = "start" | "landing";
/** A request to the host, which leaves once its rows are on disk: the object's output gate sees to that. */
interface Call {
  kind: Kind;
  agent: string | null;
  bead: string;
  fence: number;
}
/** Something that happened. */
interface Event {
  /** Its rows. */
  write: () => void;
  /** It makes nothing come sooner, so the alarm stays: coming once for nothing is cheaper than moving it. */
  isQuiet?: boolean;
}

const MOST = slotsOf(MANY_CONNECTIONS);
const HEAD = "0".repeat(40);
const RIG = { id: "lib", repoUrl: "/nowhere.git", defaultBranch: "main" };
const REPORTING = { token: "bench", heartbeatMs: 12_000, leaseMs: 60_000 };
/** As long as Townkeeper's. */
const PROMPT = "You are working on this bead. ".repeat(20);

/** Of this process: an object may leave memory in between. */
const counts = { transactions: 0, alarms: 0 };

export class Floor extends DurableObject<Env> {
  readonly #rows: Rows = rowsOf(this.ctx.storage.sql);
  readonly #out: Record<Kind, number> = { start: 0, landing: 0 };
  readonly #waiting: { event: Event; done: PromiseWithResolvers<void> }[] = [];
  #isCommitting = false;
  #alarmMs: number | null = null;

  addAgents(count: number): void {
    const { sql } = this.ctx.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'town'").toArray().length === 0) {
      sql.exec(finalSchema);
      sql.exec("INSERT INTO town (id, name, created_at_ms, settings) VALUES (1, 'bench', 1, '{}')");
      sql.exec(
        "INSERT INTO rigs (id, repo_url, default_branch, max_gate_ms, created_at_ms) VALUES ('lib', '/nowhere.git', 'main', 900000, 1)",
      );
    }
    const has = sql.exec<{ n: number }>("SELECT count(*) AS n FROM agents").one().n;
    for (let number = has + 1; number <= count; number++)
      sql.exec(
        `INSERT INTO agents (id, rig_id, role, command, env, max_run_ms, created_at_ms)
          VALUES (?, 'lib', 'worker', '["true"]', '{}', 3600000, 1)`,
        `agent-${number}`,
      );
  }

  /** Resolves, as all that follows, once it is in rows; its caller hears of it once they are on disk. */
  create(count: number): Promise<void> {
    const write = () => {
      this.#rows(bare.created.rig);
      for (let made = 0; made < count; made++) {
        this.#rows(bare.created.number);
        this.#rows(bare.created.bead, { now: Date.now() });
      }
    };
    return this.#take({ write });
  }

  report(reports: readonly Report[]): Promise<void> {
    const write = () => {
      for (const { agent, bead, fence, kind } of reports) {
        const values = { agent, bead, fence, landing: fence, head: HEAD, now: Date.now() };
        const { attempt, ...rest } = kind === "finished" ? bare.finished : bare.landed;
        if (this.#rows(attempt, values).length === 0) throw new Error(`${bead} with the fence ${fence} is not at work`);
        for (const sql of Object.values(rest)) this.#rows(sql, values);
      }
    };
    return this.#take({ write });
  }

  left(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM beads WHERE status <> 'closed'").one().n;
  }

  /** Nothing here outlives its lease. */
  override alarm(): void {
    this.#alarmMs = null;
  }

  #take(event: Event): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ event, done });
    if (!this.#isCommitting) this.#go();
    return done.promise;
  }

  /** All that waits, in one transaction; with commits of one's own that is one event. */
  #go(): void {
    const taken = this.#waiting.splice(0);
    try {
      const calls = this.ctx.storage.transactionSync(() => {
        for (const { event } of taken) event.write();
        const claimed = this.#claim();
        if (claimed.length > 0 || taken.some(({ event }) => !event.isQuiet)) this.#arm();
        return claimed;
      });
      counts.transactions++;
      for (const call of calls) void this.#ask(call);
      for (const { done } of taken) done.resolve();
    } catch (error) {
      for (const { done } of taken) done.reject(error);
    }
    if (this.env.COMMITS === "shared") void this.#commit();
  }

  async #commit(): Promise<void> {
    this.#isCommitting = true;
    await this.ctx.storage.sync();
    await scheduler.wait(0); // what has reached the object meanwhile is handed to it now
    this.#isCommitting = false;
    if (this.#waiting.length > 0) this.#go();
  }

  /** Whatever waits and may go on: a bead for each idle agent, and one landing. */
  #claim(): Call[] {
    const calls: Call[] = [];
    const now = Date.now();
    while (this.#out.start < MOST.start) {
      const [free] = this.#rows(bare.claimed.agent);
      const [ready] = free ? this.#rows(bare.claimed.bead) : [];
      if (!free || !ready) break;
      const call = { agent: free.id as string, bead: ready.id as string, fence: this.#nextFence(bare.claimed.fence) };
      const { agentTaken, beadTaken, attempt, rig, effect } = bare.claimed;
      for (const sql of [agentTaken, beadTaken, attempt, rig, effect]) this.#rows(sql, { ...call, now });
      this.#out.start++;
      calls.push({ kind: "start", ...call });
    }
    if (this.#out.landing >= MOST.landing || this.#rows(bare.landingClaimed.landing).length > 0) return calls;
    const [finished] = this.#rows(bare.landingClaimed.bead);
    if (!finished) return calls;
    const bead = finished.id as string;
    const landing = this.#nextFence(bare.landingClaimed.fence);
    const { beadTaken, attempt, rig, effect } = bare.landingClaimed;
    for (const sql of [beadTaken, attempt, rig, effect]) this.#rows(sql, { bead, landing, now });
    this.#out.landing++;
    return [...calls, { kind: "landing", agent: null, bead, fence: landing }];
  }

  #nextFence(sql: string): number {
    return this.#rows(sql)[0]?.last_fence as number;
  }

  /** At the end of the first lease, as the town's: one that stands and is early stays. */
  #arm(): void {
    const [live] = this.#rows("SELECT min(lease_until_ms) AS at_ms FROM attempts WHERE ended_at_ms IS NULL");
    const atMs = (live?.at_ms ?? null) as number | null;
    if (atMs === null || (this.#alarmMs !== null && this.#alarmMs <= atMs)) return;
    this.#alarmMs = atMs;
    counts.alarms++;
    void this.ctx.storage.setAlarm(atMs);
  }

  async #ask(call: Call): Promise<void> {
    const { kind, agent, bead, fence } = call;
    const response = await fetch(this.env.HOST_URL + (kind === "start" ? `/v1/runs/${agent}` : "/v1/merges"), {
      method: kind === "start" ? "PUT" : "POST",
      body: JSON.stringify(orderOf(call, `${this.env.OWN_URL}/reports`)),
      headers: { "content-type": "application/json" },
    });
    await response.json();
    if (!response.ok) throw new Error(`the host answered ${response.status}`);
    const write = () => {
      this.#out[kind]--;
      const values = { agent, bead, fence, landing: fence, now: Date.now() };
      for (const sql of Object.values(kind === "start" ? bare.accepted : bare.landingAccepted)) this.#rows(sql, values);
    };
    await this.#take({ write, isQuiet: true });
  }
}

/** What Townkeeper sends, by the same names and about as long. */
function orderOf({ kind, agent, bead, fence }: Call, url: string): StartRequest | MergeRequest {
  const order = { protocol: 1 as const, town: "bench", bead, fence, rig: RIG, reporting: { url, ...REPORTING } };
  return kind === "start"
    ? { ...order, agent: agent ?? "", command: ["true"], env: {}, prompt: PROMPT, title: bead, maxRunMs: 3_600_000 }
    : { ...order, branch: `town/${bead}/1`, head: HEAD, gate: null, maxGateMs: 900_000 };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const floor = env.FLOOR.getByName("floor");
    const { pathname } = new URL(request.url);
    if (pathname === "/left") return Response.json({ left: await floor.left() });
    if (pathname === "/counts") return Response.json(counts);
    const body = (await request.json()) as { ids: string[]; agents: number; reports: Report[] };
    if (pathname === "/agents") {
      await floor.addAgents(body.agents);
      return Response.json({});
    }
    if (pathname === "/reports") {
      await floor.report(body.reports);
      return Response.json({ verdicts: body.reports.map(({ seq }) => ({ seq, verdict: "ok" })) });
    }
    await floor.create(body.ids.length);
    return Response.json({ calledNs: null });
  },
};
