import { incidents } from "../../src/db/schema.ts";
import type { Verdict } from "../../src/queries/health/verdict.ts";
import type { Case } from "./cases/case.ts";
import { Desk } from "./desk.ts";
import { firstWords, onesWay } from "./ways.ts";
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
  /** What was told to a person, by kind and target. */
  items: string[];
  /** The requests that were sent, as they were shown. */
  verbs: string[];
  doubledRuns: number;
  /** How long the slowest of the neighbours' beads waited for its start; null: there were none. */
  neighboursWaitedMs: number | null;
  logLines: number;
  /** What was not as it should be. */
  wrong: string[];
}

const WELL = new Set<string>(["healthy", "idle"]);
/** By the second for as long as things happen, then more and more seldom: within so long of what happens, so often. */
const LOOKS = [
  { withinMs: 200_000, everyMs: 1_000 },
  { withinMs: 3_600_000, everyMs: 20_000 },
  { withinMs: Number.POSITIVE_INFINITY, everyMs: 300_000 },
];
/** What waits for a person is read so often, in looks. */
const READ_EVERY = 3;
/** The neighbours' last beads come so long before the end. */
const QUIET_MS = 20 * 60_000;

/** Plays one case in fake time, looking at the town's health every second as somebody outside would. */
export async function playCase(one: Case): Promise<Outcome> {
  const hasNeighbours = one.neighboursWithinMs !== null;
  const world = new ChaosWorld({ seed: 1, ...one, neighboursUntilMs: hasNeighbours ? one.endsAtMs - QUIET_MS : null });
  const { clock } = world;
  const seen: Verdict["verdict"][] = [];
  const desk = new Desk(world, one);
  let detected: { ticks: number; ms: number } | null = null;
  let before = { ticks: 0, ms: 0 };
  let looks = 0;
  const look = () => {
    const { verdict } = world.health;
    if (!WELL.has(verdict) && !seen.includes(verdict)) seen.push(verdict);
    if (looks++ % READ_EVERY === 0) desk.look();
    const isSeen = one.verdict === null ? desk.isTold : verdict === one.verdict;
    if (isSeen) detected ??= { ticks: world.ticks - before.ticks, ms: world.nowMs - before.ms };
  };
  const lookAgain = () => {
    look();
    const awayMs = Math.min(world.nowMs - before.ms, Math.abs(world.nowMs - (one.mendsAtMs ?? 0)));
    clock.after(LOOKS.find(({ withinMs }) => awayMs < withinMs)?.everyMs ?? 0, lookAgain);
  };
  clock.after(one.breaksAtMs, () => {
    before = { ticks: world.ticks, ms: world.nowMs };
    one.breaks(world);
    lookAgain();
  });
  const wrong: string[] = [];
  clock.after(one.mendsAtMs ?? one.endsAtMs, () => {
    wrong.push(...(one.meanwhile?.(world) ?? []));
    one.mends?.(world);
    if (one.mendsAtMs !== undefined) desk.sendAll();
  });
  while (await world.step(one.endsAtMs));
  const outcome = judge(one, world, seen, detected, desk, wrong);
  world.close();
  return outcome;
}

function judge(
  one: Case,
  world: ChaosWorld,
  seen: Verdict["verdict"][],
  detected: { ticks: number; ms: number } | null,
  desk: Desk,
  meanwhile: readonly string[],
): Outcome {
  const wrong = [...meanwhile, ...world.violations, ...desk.wrong()];
  const must = (isSo: boolean, otherwise: string) => isSo || wrong.push(otherwise);
  const rows = world.town.tx.select().from(incidents).all();
  const ended = one.leaves ?? [];
  const left = world.rows<{ id: string; status: string }>("SELECT id, status FROM beads WHERE status <> 'closed'");
  const healed =
    world.health.verdict === "idle" &&
    left.every(({ id }) => ended.includes(id)) &&
    rows.every(({ closedAtMs }) => closedAtMs !== null);
  const healedBy = rows.filter(({ kind }) => kind !== "past_gate").map((row) => row.healedBy ?? "nobody");
  const worst = one.verdict !== null && seen.includes(one.verdict) ? one.verdict : (seen[0] ?? null);

  must(worst === one.verdict, `the verdict was ${worst}, not ${one.verdict}`);
  const others = seen.filter((word) => word !== one.verdict && !one.onTheWay?.includes(word));
  must(others.length === 0, `it was also called ${others.join(", ")}`);
  if (one.verdict !== null || one.items.length > 0) {
    const inTime = detected !== null && (detected.ticks <= one.withinTicks || detected.ms <= one.withinMs);
    must(inTime, `it was detected after ${JSON.stringify(detected)}`);
  }
  must(healed, `it was not healed: ${world.health.verdict}, ${JSON.stringify(left.slice(0, 5))}`);
  must(
    healedBy.length === (one.healedBy === null ? 0 : (one.incidents ?? 1)),
    `there were ${healedBy.length} incidents`,
  );
  must(
    healedBy.every((by) => by === one.healedBy),
    `healed by ${healedBy.join(", ")}`,
  );
  must(world.doubledRuns === 0, `${world.doubledRuns} runs were doubled`);
  const words = world.lines.map(firstWords);
  const lone = onesWay(words);
  must(lone.length === 0, `the log says only one half of ${lone.join(", ")}`);
  must(words.length > 0 || one.items.length === 0, "the log says nothing of it");
  must(JSON.stringify(words) === JSON.stringify(one.lines), `the log says ${JSON.stringify(world.lines.slice(0, 8))}`);
  const waitedMs = world.neighboursWaitedMs();
  const bound = one.neighboursWithinMs;
  must(bound === null || (waitedMs !== null && waitedMs <= bound), `a neighbour's bead waited for ${waitedMs} ms`);
  return {
    name: one.name,
    ok: wrong.length === 0,
    detectedAfterTicks: detected?.ticks ?? null,
    detectedAfterMs: detected?.ms ?? null,
    verdict: worst,
    healed,
    healedBy,
    items: desk.told,
    verbs: desk.sent,
    doubledRuns: world.doubledRuns,
    neighboursWaitedMs: bound === null ? null : waitedMs,
    logLines: world.lines.length,
    wrong,
  };
}
