/** `npm run sim`: see `usage` in options.ts. */
import { fork } from "node:child_process";
import { parseOptions, type SimOptions, usage } from "./options.ts";
import { simulateInNode, type Wish } from "./run-in-node.ts";
import { shrink } from "./shrink.ts";
import type { Outcome } from "./simulate.ts";
import { add, nothing } from "./total.ts";

/** Seeds are handed out to processes in blocks, so that the first failing one is found early. */
const BLOCK = 5;

async function live(seed: number, { hours, restless, joined, troubled, shrinks }: SimOptions): Promise<Outcome> {
  const wish = { seed, hours, ...(restless && { restless }), ...(joined && { joined }), ...(troubled && { troubled }) };
  const outcome = await simulateInNode(wish);
  if (outcome.violations.length > 0) await tell(outcome, wish, shrinks);
  return outcome;
}

async function tell(outcome: Outcome, wish: Wish, shrinks: boolean): Promise<void> {
  process.stderr.write(`seed ${outcome.seed}: ${outcome.violations.join("\n  ")}\n`);
  if (!shrinks) return;
  const least = await shrink(wish, outcome);
  process.stderr.write(
    `  of ${outcome.struck.length} things that went wrong these are enough: ${least.map(({ id }) => id).join(" ") || "none"}\n`,
  );
  process.stderr.write(`  for sim/regressions.json: ${JSON.stringify({ ...wish, only: least.map(({ id }) => id) })}\n`);
}

async function* outcomes(options: SimOptions): AsyncGenerator<Outcome> {
  const { first, seeds, jobs } = options;
  if (jobs === 1) {
    for (let seed = first; seed < first + seeds; seed++) yield await live(seed, options);
    return;
  }
  let next = first;
  const work = () => {
    if (next >= first + seeds) return null;
    const from = next;
    next = Math.min(next + BLOCK, first + seeds);
    return { from, until: next };
  };
  yield* inProcesses(jobs, work);
}

/** Each process asks for a block of seeds, and sends back each outcome. */
async function* inProcesses(jobs: number, work: () => { from: number; until: number } | null): AsyncGenerator<Outcome> {
  const ready: Outcome[] = [];
  let running = jobs;
  let wake = () => {};
  const children = Array.from({ length: jobs }, () => {
    const child = fork(import.meta.filename, process.argv.slice(2), {
      env: { ...process.env, TOWNKEEPER_SIM_JOB: "1" },
    });
    child.on("message", (message: { outcome?: Outcome }) => {
      if (message.outcome) ready.push(message.outcome);
      else child.send({ block: work() });
      wake();
    });
    child.on("exit", () => {
      running--;
      wake();
    });
    return child;
  });
  try {
    while (running > 0 || ready.length > 0) {
      const outcome = ready.shift();
      if (outcome) yield outcome;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const child of children) child.kill();
  }
}

function beJob(options: SimOptions): void {
  process.on("message", async ({ block }: { block: { from: number; until: number } | null }) => {
    if (!block) return process.exit(0);
    for (let seed = block.from; seed < block.until; seed++) process.send?.({ outcome: await live(seed, options) });
    return process.send?.({});
  });
  process.send?.({});
}

async function main(options: SimOptions): Promise<void> {
  if (process.env.TOWNKEEPER_SIM_JOB) return beJob(options);
  const startedMs = performance.now();
  const total = nothing();
  for await (const outcome of outcomes(options)) {
    add(total, outcome);
    if (options.untilViolation && total.violations > 0) break;
  }
  const minutes = (performance.now() - startedMs) / 60_000;
  const answer = {
    ...total,
    townDays: round(total.townDays),
    jobs: options.jobs,
    townDaysPerMinute: round(total.townDays / minutes / options.jobs),
  };
  console.log(options.json ? JSON.stringify(answer) : answer);
  process.exitCode = total.violations === 0 ? 0 : 1;
}

const round = (n: number): number => Math.round(n * 10) / 10;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") console.log(usage);
  else await main(options);
} catch (error) {
  console.error(`sim: ${(error as Error).message}\nSee npm run sim -- --help`);
  process.exitCode = 2;
}
