import { sql } from "drizzle-orm";
import type { Fate, Scenario } from "./scenario.ts";
import type { CrashWorld } from "./world.ts";

const USUAL: Fate = {
  status: "closed",
  runs: 1,
  landings: 1,
  failures: 0,
  reworks: 0,
  withinMs: Number.POSITIVE_INFINITY,
};

interface Row {
  id: string;
  status: string;
  failures: number;
  reworks: number;
  finishes: number;
  closedAtMs: number | null;
}

/** What became of each bead, held against what the scenario says, whatever struck the town on the way. */
export function inspectFates(
  world: CrashWorld,
  { fates = {}, paid, quarantined = 0, racy = false, forgotten = [] }: Scenario,
): void {
  const rows = world.town.tx.all<Row>(
    sql`SELECT id, status, failures, reworks, closed_at_ms AS closedAtMs,
      (SELECT count(*) FROM attempts t WHERE t.bead_id = b.id AND t.kind = 'run' AND t.state = 'finished') AS finishes
      FROM beads b ORDER BY seq`,
  );
  for (const row of rows)
    inspectFate(
      world,
      row,
      { ...USUAL, ...(paid !== undefined && { failures: row.failures }), ...fates[row.id] },
      racy,
    );
  const failures = rows.reduce((sum, row) => sum + row.failures, 0);
  if (paid !== undefined && failures !== paid) world.violation(`L4 ${failures} failures instead of ${paid}`);
  const last = world.town.tx.get<{ n: number }>(sql`SELECT last_bead AS n FROM town`)?.n ?? 0;
  const ids = new Set(rows.map(({ id }) => id));
  const gone = Array.from({ length: last }, (_, n) => `lib-${n + 1}`).filter((id) => !ids.has(id));
  if (gone.join() !== forgotten.join()) world.violation(`history: ${gone} are gone, and not ${forgotten}`);
  const kept = world.town.tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM events`)?.n ?? 0;
  if (kept !== quarantined) world.violation(`S8 ${kept} events quarantined instead of ${quarantined}`);
}

function inspectFate(world: CrashWorld, row: Row, wanted: Fate, racy: boolean): void {
  const { id } = row;
  const differs = (what: string, got: unknown, want: unknown) =>
    got !== want && world.violation(`L4 ${id}: ${what} ${got} instead of ${want}`);
  const closed = wanted.status === "closed" ? 1 : 0;
  differs("status", row.status, wanted.status);
  differs("failures", row.failures, wanted.failures);
  // Where an order is lost with the town, the host has not said no to its landing.
  if (!(racy && world.struckAt.length > 0 && row.reworks < wanted.reworks))
    differs("reworks", row.reworks, wanted.reworks);
  // A word whose town died meanwhile is said again, and lies there once.
  if (wanted.nudges !== undefined && world.struckAt.length === 0)
    differs("nudges", world.nudges.get(id) ?? 0, wanted.nudges);
  if ((world.nudges.get(id) ?? 0) > (wanted.nudges ?? 0)) world.violation(`L5 ${id} was nudged too often`);
  if (!racy) differs("finishes", row.finishes, wanted.finishes ?? closed + wanted.reworks);
  differs("landings", world.pushes.get(`landing/${id}`) ?? 0, wanted.landed ?? closed);
  if ((row.closedAtMs ?? 0) - world.bornAtMs > wanted.withinMs)
    world.violation(`L2 ${id} took ${(row.closedAtMs ?? 0) - world.bornAtMs} ms`);
  begun(world, `run/${id}`, wanted.runs, racy);
  begun(world, `landing/${id}`, wanted.landings, racy);
}

/** A crash may spare a process (a start that the host would have lost is asked for again), and never costs one. */
function begun(world: CrashWorld, key: string, wanted: number, racy: boolean): void {
  const got = world.spawns.get(key) ?? 0;
  const struck = world.struckAt.length > 0;
  if (struck ? got > wanted && !racy : got !== wanted)
    world.violation(`S1 ${key} was begun ${got} times instead of ${wanted}`);
}
