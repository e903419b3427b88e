/**
 * `npm run test:hostile`: what agents can do in, to and around their clones, each run by a real host against real git,
 * with neighbours at work; then everything else is looked at. `--only WORD,WORD` runs the cases whose id holds one,
 * `--share 2/3` the second third of every subject, `--table` prints docs/hostile.md's table.
 */
import { parseArgs } from "node:util";
import { runBatch } from "./batch.ts";
import type { Case } from "./case.ts";
import { subjects } from "./cases/index.ts";
import type { Result } from "./run-case.ts";
import { tableOf } from "./table.ts";
import { openWorld, type World } from "./world.ts";

const AT_ONCE = 5;
const PER_BATCH = 30;
/** Of one host, at its most, over all cases. */
const MOST_BYTES = 700 * 1024 * 1024;
const MOST_NEW_FILES = 40;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      share: { type: "string", default: "1/1" },
      table: { type: "boolean", default: false },
    },
  });
  if (values.table) {
    console.log(tableOf(subjects));
    return 0;
  }
  const share = shareOf(values.share);
  if (!share) {
    console.error(`test:hostile: --share ${values.share} names no share: write 1/3 for the first third.`);
    return 2;
  }
  const chosen = Object.values(subjects)
    .flatMap((cases) => cases.filter((_case, index) => index % share.of === share.nth))
    .filter(({ id }) => values.only.split(",").some((word) => id.includes(word)));
  const world = await openWorld();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void world.close().then(() => process.exit(1)));
  try {
    return await runAll(world, chosen);
  } finally {
    await world.close();
  }
}

/** Null: the text names none. */
function shareOf(text: string): { nth: number; of: number } | null {
  const [, nth = 0, of = 0] = (/^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []).map(Number);
  return nth < 1 || nth > of ? null : { nth: nth - 1, of };
}

async function runAll(world: World, cases: readonly Case[]): Promise<number> {
  const startedMs = performance.now();
  const filesBefore = world.host.openFiles();
  let wrong = 0;
  for (const batch of batchesOf(cases)) {
    const { results, wrongs } = await runBatch(world, batch, AT_ONCE);
    wrong += results.map(show).filter((isRight) => !isRight).length;
    if (wrongs.length > 0) {
      wrong++;
      console.log(`FAIL  what is around ${batch.map(({ id }) => id).join(", ")}`);
      for (const each of wrongs.slice(0, 20)) console.log(`        ${line(each)}`);
    }
    if (!world.host.alive()) break;
  }
  wrong += world.host.alive() ? reportCosts(world, filesBefore) : 1;
  console.log(`it took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  console.log(`${Math.max(0, cases.length - wrong)} passed, ${wrong} failed`);
  return wrong === 0 ? 0 : 1;
}

/** Those that harm their neighbours last, and by themselves. */
function* batchesOf(cases: readonly Case[]): Generator<readonly Case[]> {
  const harmless = cases.filter(({ damages }) => !damages);
  for (let from = 0; from < harmless.length; from += PER_BATCH) yield harmless.slice(from, from + PER_BATCH);
  for (const each of cases) if (each.damages) yield [each];
}

function show({ case: each, wrongs, outcome, ms }: Result): boolean {
  const seconds = (ms / 1_000).toFixed(1);
  if (wrongs.length === 0) console.log(`ok    ${each.id}: ${line(outcome)} (${seconds} s)`);
  else console.log(`FAIL  ${each.id}, ${each.does} (${seconds} s)`);
  for (const wrong of wrongs) console.log(`        ${line(wrong)}`);
  return wrongs.length === 0;
}

function reportCosts({ host }: World, filesBefore: number): number {
  const [bytes, files] = [host.peakBytes(), host.openFiles() - filesBefore];
  console.log(`the host used ${(bytes / 2 ** 20).toFixed(0)} MB at most, and holds ${files} files more than at first`);
  return bytes > MOST_BYTES || files > MOST_NEW_FILES ? 1 : 0;
}

const line = (text: string): string => text.replace(/[^\x20-\x7e…]+/g, " ").slice(0, 400);

process.exit(await main());
