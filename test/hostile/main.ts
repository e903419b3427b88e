/**
 * `npm run test:hostile`: what agents can do in, to and around their clones, each run by a real host against real git,
 * with neighbours at work; then everything else is looked at. `--only WORD` runs the cases whose id holds it,
 * `--table` prints docs/hostile.md's table.
 */
import { parseArgs } from "node:util";
import { runBatch } from "./batch.ts";
import type { Case } from "./case.ts";
import { subjects } from "./cases/index.ts";
import { tableOf } from "./table.ts";
import { openWorld, type World } from "./world.ts";

const AT_ONCE = 5;
const PER_BATCH = 30;
/** Of one host, at its most, over all cases. */
const MOST_BYTES = 700 * 1024 * 1024;
const MOST_NEW_FILES = 40;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: "string", default: "" }, table: { type: "boolean", default: false } },
  });
  if (values.table) {
    console.log(tableOf(subjects));
    return 0;
  }
  const cases = Object.values(subjects)
    .flat()
    .filter(({ id }) => id.includes(values.only));
  const world = await openWorld();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  try {
    return await runAll(world, cases);
  } finally {
    await world.close();
  }
}

async function runAll(world: World, cases: readonly Case[]): Promise<number> {
  const startedMs = performance.now();
  const filesBefore = world.host.openFiles();
  let failed = 0;
  for (let from = 0; from < cases.length; from += PER_BATCH) {
    const batch = cases.slice(from, from + PER_BATCH);
    const { results, wrongs } = await runBatch(world, batch, AT_ONCE);
    for (const { case: each, wrongs: own, outcome, ms } of results) {
      const seconds = (ms / 1_000).toFixed(1);
      console.log(
        own.length === 0
          ? `ok    ${each.id}: ${line(outcome)} (${seconds} s)`
          : `FAIL  ${each.id}, ${each.does} (${seconds} s)`,
      );
      for (const wrong of own) console.log(`        ${line(wrong)}`);
      if (own.length > 0) failed++;
    }
    if (wrongs.length > 0) {
      failed++;
      console.log(`FAIL  what is around ${batch[0]?.id} to ${batch.at(-1)?.id}`);
      for (const wrong of wrongs.slice(0, 20)) console.log(`        ${line(wrong)}`);
    }
    if (!world.host.alive()) break;
  }
  failed += world.host.alive() ? reportCosts(world, filesBefore) : 1;
  console.log(
    `${cases.length - failed} passed, ${failed} failed (${((performance.now() - startedMs) / 1_000).toFixed(0)} s)`,
  );
  return failed === 0 ? 0 : 1;
}

function reportCosts({ host }: World, filesBefore: number): number {
  const [bytes, files] = [host.peakBytes(), host.openFiles() - filesBefore];
  console.log(`the host used ${(bytes / 2 ** 20).toFixed(0)} MB at most, and holds ${files} files more than at first`);
  return bytes > MOST_BYTES || files > MOST_NEW_FILES ? 1 : 0;
}

const line = (text: string): string => text.replace(/[^\x20-\x7e…]+/g, " ").slice(0, 400);

process.exit(await main());
