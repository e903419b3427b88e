/** Beads through their whole life, as many as go: made while the town is paused, then let go at once. */
import { type Bench, makeTown, withWorker } from "../town.ts";

/** Landings of a rig go one by one, so there are several. */
const RIGS = Array.from({ length: 10 }, (_, index) => `rig${index}`);
const BATCH = 200;
const TOWNS = 20;

export interface Throughput {
  /** Beads a second in one town, by agents. */
  oneTown: Record<string, number>;
  /** In all of twenty towns together, five agents each. */
  manyTowns: number;
}

export const measureThroughput = (n: number): Promise<Throughput> =>
  withWorker(async (bench) => {
    const oneTown: Record<string, number> = {};
    await run(bench, ["warm"], 10, 200);
    for (const agents of [10, 50, 200]) oneTown[agents] = await run(bench, [`with-${agents}`], agents, n);
    const towns = Array.from({ length: TOWNS }, (_, index) => `town-${index}`);
    return { oneTown, manyTowns: await run(bench, towns, 5 * TOWNS, n) };
  });

/** @param agents in all @param n beads in all @returns beads a second */
async function run({ api, host }: Bench, towns: readonly string[], agents: number, n: number): Promise<number> {
  const rigs = towns.length > 1 ? RIGS.slice(0, 1) : RIGS;
  const each = Math.round(n / towns.length);
  for (const town of towns) {
    await makeTown(api, town, { rigs, agents: Math.max(1, Math.round(agents / towns.length / rigs.length)) });
    await api.of(town).patch("", {}, { paused: { why: "until all beads are there" } });
    for (let made = 0; made < each; made += BATCH) {
      const beads = Array.from({ length: Math.min(BATCH, each - made) }, (_, i) => ({
        rig: rigs[(made + i) % rigs.length] ?? "",
        title: `bead ${made + i}`,
      }));
      await api.createBeads(town, beads);
    }
  }
  let left = each * towns.length;
  let done = () => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  host.onOrder = () => "done";
  host.onHeard = ({ agent }) => {
    if (agent === null && --left === 0) done();
  };
  const startedMs = performance.now();
  await Promise.all(towns.map((town) => api.of(town).patch("", {}, { paused: null })));
  await over;
  return Math.round(((each * towns.length) / (performance.now() - startedMs)) * 10_000) / 10;
}
