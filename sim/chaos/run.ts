import { incidents } from "../../src/db/schema.ts";
import type { Verdict } from "../../src/reconciler/health/verdict.ts";
import type { Case } from "./cases.ts";
import { ChaosWorld } from "./world.ts";

export interface Outcome {
  name: string;
  ok: boolean;
  detectedAfterTicks: number | null;
  detectedAfterMs: number | null;
  /** The worst word that was seen; null: it was well all along. */
  verdict: Verdict["verdict"] | null;
  healed: boolean;
  healedBy: string[];
  doubledRuns: number;
  logLines: number;
  /** What was not as it should be. */
  wrong: string[];
}

const WELL = new Set<string>(["healthy", "idle"]);
/** By the second for as long as things happen, then by the minute. */
const LOOK_EVERY_MS = 1_000;
const LOOK_SELDOM_MS = 60_000;
const CLOSELY_MS = 3_600_000;

/** Plays one case in fake time, looking at the town's health every second as somebody outside would. */
export async function playCase(one: Case): Promise<Outcome> {
  const world = new ChaosWorld({ seed: 1, ...one });
  const { clock } = world;
  const seen: Verdict["verdict"][] = [];
  let detected: { ticks: number; ms: number } | null = null;
  let before = { ticks: 0, ms: 0 };
  const look = () => {
    const { verdict } = world.health;
    if (!WELL.has(verdict) && !seen.includes(verdict)) seen.push(verdict);
    if (verdict === one.verdict) detected ??= { ticks: world.ticks - before.ticks, ms: world.nowMs - before.ms };
  };
  const lookAgain = () => {
    look();
    clock.after(world.nowMs - before.ms < CLOSELY_MS ? LOOK_EVERY_MS : LOOK_SELDOM_MS, lookAgain);
  };
  clock.after(one.breaksAtMs, () => {
    before = { ticks: world.ticks, ms: world.nowMs };
    one.breaks(world);
    lookAgain();
  });
  if (one.mends) clock.after(one.mendsAtMs ?? 0, () => one.mends?.(world));
  while (await world.step(one.endsAtMs));
  const outcome = judge(one, world, seen, detected);
  world.close();
  return outcome;
}

function judge(
  one: Case,
  world: ChaosWorld,
  seen: Verdict["verdict"][],
  detected: { ticks: number; ms: number } | null,
): Outcome {
  const wrong = [...world.violations];
  const must = (isSo: boolean, otherwise: string) => isSo || wrong.push(otherwise);
  const rows = world.town.tx.select().from(incidents).all();
  const healed =
    world.health.verdict === "idle" &&
    world.count("SELECT count(*) AS n FROM beads WHERE status <> 'closed'") === 0 &&
    rows.every(({ closedAtMs }) => closedAtMs !== null);
  const healedBy = rows.map((row) => row.healedBy ?? "nobody");
  const worst = one.verdict !== null && seen.includes(one.verdict) ? one.verdict : (seen[0] ?? null);

  must(worst === one.verdict, `the verdict was ${worst}, not ${one.verdict}`);
  const others = seen.filter((word) => word !== one.verdict && !one.onTheWay?.includes(word));
  must(others.length === 0, `it was also called ${others.join(", ")}`);
  if (one.verdict !== null) {
    const inTime = detected !== null && (detected.ticks <= one.withinTicks || detected.ms <= one.withinMs);
    must(inTime, `it was detected after ${JSON.stringify(detected)}`);
  }
  must(healed, "it was not healed");
  must(healedBy.length === (one.healedBy === null ? 0 : 1), `there were ${healedBy.length} incidents`);
  must(
    healedBy.every((by) => by === one.healedBy),
    `healed by ${healedBy.join(", ")}`,
  );
  must(world.doubledRuns === 0, `${world.doubledRuns} runs were doubled`);
  const words = world.lines.map((line) => /^[A-Z]+(?= )|^[A-Z]+(?=:)/.exec(line)?.[0] ?? line);
  must(JSON.stringify(words) === JSON.stringify(one.lines), `the log says ${JSON.stringify(world.lines.slice(0, 8))}`);
  return {
    name: one.name,
    ok: wrong.length === 0,
    detectedAfterTicks: detected?.ticks ?? null,
    detectedAfterMs: detected?.ms ?? null,
    verdict: worst,
    healed,
    healedBy,
    doubledRuns: world.doubledRuns,
    logLines: world.lines.length,
    wrong,
  };
}
