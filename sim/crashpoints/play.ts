import { sql } from "drizzle-orm";
import { checkInvariants } from "../../src/queries/invariants.ts";
import { DEAD_MAN_MS } from "../../src/reconciler/limits.ts";
import { checkLandings } from "../checks/limits.ts";
import { checkConverged, checkHosts } from "../checks/plan.ts";
import { checkSlots } from "../checks/slots.ts";
import { inspectFates } from "./fates.ts";
import type { Scenario } from "./scenario.ts";
import { CrashWorld, type Kind, type Plan } from "./world.ts";

/** Long enough for the longest scenario to end by itself, with its backoffs. */
const END_MS = 4 * 3_600_000;

export interface Played {
  kinds: Kind[];
  /** Of the points that were struck. */
  struckAt: Kind[];
  violations: string[];
}

/** A lost alarm is found when somebody looks, more than a dead-man later. */
const LOOKS_LATE = 3;

/** Plays a scenario to its end. Without a plan it is the undisturbed run that the others are held against. */
export async function play(scenario: Scenario, variant: number, plan: Plan): Promise<Played> {
  const world = new CrashWorld(scenario, variant, plan);
  const endMs = world.clock.nowMs + END_MS;
  while (await world.step(endMs)) {
    // Up to the crash it is the undisturbed run, which was looked at when it was played.
    if (plan.at.length === 0 || world.struckAt.length > 0) inspect(world, scenario);
    if (world.violations.length > 0) break;
  }
  if (world.violations.length === 0) inspectEnd(world);
  if (world.violations.length === 0) inspectFates(world, scenario);
  if (world.violations.length === 0) world.receiver.inspect();
  world.engine.close();
  return { kinds: world.kinds, struckAt: world.struckAt, violations: world.violations };
}

function inspect(world: CrashWorld, scenario: Scenario): void {
  const { alarmsLost = false } = scenario;
  const { town } = world;
  const { nowMs } = town;
  for (const { invariant, detail } of checkInvariants(town.tx, nowMs, DEAD_MAN_MS))
    world.violation(`${invariant}: ${detail}`);
  const due = town.tx.get<{ at: number | null }>(sql`SELECT next_wake_at_ms AS at FROM town`)?.at ?? null;
  if (due !== null && !alarmsLost && !town.platform.isArmed) world.violation("L1 something is due and no alarm is set");
  if (due !== null && nowMs - due > DEAD_MAN_MS * (alarmsLost ? LOOKS_LATE : 1))
    world.violation("L1 what was due has not begun");
  checkLandings(world);
  const polledAtMs = town.tx.get<{ at: number | null }>(sql`SELECT poll_started_at_ms AS at FROM town`)?.at ?? null;
  if (due !== null && polledAtMs !== null && due <= polledAtMs) world.violation("L1 the loop wakes in the past");
  if (town.tx.get(sql`SELECT 1 FROM attempts WHERE failure LIKE '%"runner_died"%'`))
    world.violation("L1 a start was given up because its town died once or twice");
  world.rigTroubles.check(world);
  inspectOrphans(world, scenario);
  checkSlots({ town, violation: (text) => world.violation(text) });
  if (scenario.converges) checkConverged(world);
  if (scenario.converges && scenario.joined) checkHosts(world);
}

/** What was in flight when the town died is taken up in the first ticks of its successor, or is settled. */
function inspectOrphans(world: CrashWorld, { alarmsLost }: Scenario): void {
  if (world.orphans.length === 0) return;
  const { ticks, town } = world;
  world.orphans = world.orphans.filter(({ fence, byTick, byMs }) => {
    if (world.asked.has(fence)) return false;
    const waits = town.tx.get(sql`SELECT 1 FROM effects WHERE fence = ${fence}`) !== undefined;
    if (waits && ticks >= byTick) world.violation(`L1 the effect of fence ${fence} was not taken up within two ticks`);
    if (waits && !alarmsLost && town.nowMs > byMs)
      world.violation(`L1 the effect of fence ${fence} was not taken up by its dead-man`);
    return waits;
  });
}

/** All is over, and nothing is left behind. */
function inspectEnd(world: CrashWorld): void {
  const { town, host } = world;
  const count = (query: ReturnType<typeof sql>) => town.tx.get<{ n: number }>(query)?.n ?? 0;
  const none = (what: string, n: number) => n > 0 && world.violation(`L3 at the end: ${n} ${what}`);
  none("attempts not over", count(sql`SELECT count(*) AS n FROM attempts WHERE ended_at_ms IS NULL`));
  none("agents not idle", count(sql`SELECT count(*) AS n FROM agents WHERE status <> 'idle' OR bead_id IS NOT NULL`));
  none("effects left", count(sql`SELECT count(*) AS n FROM effects`));
  none("events waiting", count(sql`SELECT count(*) AS n FROM events WHERE quarantined_at_ms IS NULL`));
  none("runs live on the host", host.taken().length);
  const told = sql`SELECT count(*) AS n FROM bead_notes WHERE kind = 'refused_report' GROUP BY bead_id, substr(text, 1, instr(text, ',')) ORDER BY n DESC`;
  if (count(told) > 1) world.violation(`bounds: ${count(told)} notes on what one fence said when it counted no more`);
  none("alarms set", town.alarmAtMs === null ? 0 : 1);
  // Startled by a crash a start may be asked for late, so the journal is what counts.
  const crowded = town.tx.get<{ at: number; n: number }>(
    sql`SELECT t.started_at_ms AS at, (SELECT count(*) FROM attempts o WHERE o.started_at_ms > t.started_at_ms - 60000 AND o.started_at_ms <= t.started_at_ms) AS n
      FROM attempts t ORDER BY n DESC LIMIT 1`,
  );
  if (crowded && crowded.n > world.settings.startsPerMinute) world.violation(`S7 ${crowded.n} starts within a minute`);
  const missing = count(
    sql`SELECT t.last_fence - coalesce(json_extract(t.pruning, '$.gone.attempts'), 0) - (SELECT count(*) FROM attempts) AS n FROM town t`,
  );
  if (missing !== 0) world.violation(`the journal lacks ${missing} of its fences`);
}
