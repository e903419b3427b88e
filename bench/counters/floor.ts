import {
  accepted,
  claimed,
  created,
  finished,
  heartbeat,
  landed,
  landingAccepted,
  landingClaimed,
} from "./bare-sql.ts";
import type { Cost } from "./costs.ts";
import { HEARTBEATS } from "./life.ts";
import { type CountersEnv, HEAD, Stage } from "./stage.ts";

/** Each transition in one transaction, with what follows from it at once. */
const LIFE = [
  [created, claimed],
  [accepted],
  ...Array.from({ length: HEARTBEATS }, () => [heartbeat]),
  [finished, landingClaimed],
  [landingAccepted],
  [landed],
];

/** What the life of a bead costs at the least, in the same runtime. */
export async function measureFloor(env: CountersEnv, history: number): Promise<Cost> {
  const { town } = await Stage.open(env, { history, agents: 10 });
  const [row] = await town.run("SELECT last_bead, last_fence FROM town");
  const fence = (row?.last_fence as number) + 1;
  const bead = `'lib-${(row?.last_bead as number) + 1}'`;
  const values: Record<string, string | number> = {
    bead,
    fence,
    landing: fence + 1,
    agent: "'agent-0'",
    head: `'${HEAD}'`,
  };
  // Time goes on, so that a row that changes with it does change.
  const filled = (sql: string, atMs: number) =>
    sql.replaceAll(/:(\w+)/g, (_, name) => String(name === "now" ? atMs : values[name]));
  await town.take();
  for (const [atMs, steps] of LIFE.entries())
    await town.transact(steps.flatMap((step) => Object.values(step)).map((sql) => filled(sql, atMs)));
  const { cost } = await town.take();
  const [closed] = await town.run(`SELECT status FROM beads WHERE id = ${bead}`);
  if (closed?.status !== "closed") throw new Error(`the bead is ${closed?.status}, not closed`);
  return cost;
}
