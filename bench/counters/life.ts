import { defaultSettings } from "../../src/lib/settings.ts";
import type { Cost, LifeCosts, Statement } from "./costs.ts";
import { type CountersEnv, HEAD, Stage } from "./stage.ts";

export const HEARTBEATS = 4;
const GROWTH_OVER = 100;
const HEARTBEAT_MS = defaultSettings.heartbeatMs;

/** From `POST` to closed: all that one bead costs a town with so much history. */
export async function measureLife(env: CountersEnv, history: number): Promise<LifeCosts> {
  const stage = await Stage.open(env, { history, agents: 10 });
  await live(stage, async (_step, act) => void (await act()));
  const steps: Record<string, Cost> = {};
  const statements = new Map<string, Statement>();
  await stage.town.take();
  await live(stage, async (step, act) => {
    await act();
    await stage.town.quiet();
    const taken = await stage.town.take();
    steps[step] = plus(steps[step] ?? nothing, taken.cost);
    for (const { sql, runs, read, written } of taken.statements) {
      const known = statements.get(sql) ?? { sql, runs: 0, read: 0, written: 0 };
      statements.set(sql, {
        sql,
        runs: known.runs + runs,
        read: known.read + read,
        written: known.written + written,
      });
    }
  });
  const life = Object.values(steps).reduce(plus, nothing);
  return { life, steps, statements: [...statements.values()] };
}

/** What the database grows by with each bead. */
export async function measureGrowth(env: CountersEnv): Promise<number> {
  const stage = await Stage.open(env, { history: 0, agents: 10 });
  const before = await stage.town.databaseBytes();
  for (let bead = 0; bead < GROWTH_OVER; bead++) await live(stage, async (_step, act) => void (await act()));
  return Math.round(((await stage.town.databaseBytes()) - before) / GROWTH_OVER);
}

/** @param step told what is done, and does it */
async function live(stage: Stage, step: (name: string, act: () => Promise<void>) => Promise<void>): Promise<void> {
  let bead = "";
  await step("create, dispatch, accept", async () => {
    bead = await stage.bead();
  });
  const run = await stage.attempt(bead);
  for (let beat = 0; beat < HEARTBEATS; beat++) {
    await stage.passTime(HEARTBEAT_MS);
    await step("heartbeats", () => stage.report(run, { kind: "heartbeat", agentActiveAtMs: null }));
  }
  await step("finish, land, accept", () => stage.report(run, { kind: "finished", head: HEAD, outputTail: "" }));
  const landing = await stage.attempt(bead);
  await step("landed, closed", () => stage.report(landing, { kind: "landed", head: HEAD }));
  const status = await stage.status(bead);
  if (status !== "closed") throw new Error(`the bead is ${status}, not closed`);
}

const nothing: Cost = { read: 0, written: 0, statements: 0, alarms: 0 };

const plus = (a: Cost, b: Cost): Cost => ({
  read: a.read + b.read,
  written: a.written + b.written,
  statements: a.statements + b.statements,
  alarms: a.alarms + b.alarms,
});
