import { sampleTown } from "../sample/town.ts";
import { runsOf } from "./api.ts";
import type { Display } from "./display.ts";
import { failingTests, headOf, logOf } from "./library.ts";
import { type StatePaths, shown } from "./paths.ts";
import { ensureSample } from "./sample-town.ts";
import type { Services } from "./services.ts";
import { type Summary, summarize } from "./summary.ts";
import { look, watchTown } from "./watch.ts";

const LOG_LINES = 20;

/** How it went: `reason` says why not well. */
type Result = { reason: string | null; summary: Summary };

/** Makes the sample town if it is missing, follows it until its beads have closed, and looks at what has landed. */
export async function runSample(
  { api, host }: Services,
  paths: StatePaths,
  display: Display,
  signal: AbortSignal,
): Promise<Result> {
  const { name } = sampleTown;
  const isNew = await ensureSample(api, paths);
  display.say(isNew ? `made the sample town, repository ${shown(paths.library)}` : "the sample town is here already");
  if (!isNew) display.begin(await look(api, name));
  const reason = (await watchTown(api, name, display, signal)) ?? (await testsReason(paths));
  display.release();
  const [town, beads, attempts, head, runs] = await Promise.all([
    api.town(name),
    api.beads(name),
    api.attempts(name),
    headOf(paths),
    runsOf(host),
  ]);
  if (!town) throw new Error("the sample town has vanished");
  const summary = summarize(town, { repo: paths.library, head }, { beads, attempts, runs }, Date.now());
  await report(display, paths, { reason, summary });
  return { reason, summary };
}

async function testsReason(paths: StatePaths): Promise<string | null> {
  const said = await failingTests(paths);
  return said === null ? null : `the tests fail on the landed main:\n${said}`;
}

async function report(display: Display, paths: StatePaths, { reason, summary }: Result): Promise<void> {
  const { beads, attempts } = summary;
  const { refused, unreachable, timedOut } = attempts;
  display.say("");
  display.say(`beads: ${beads.closed} of ${beads.total} closed, ${beads.failed} failed, in ${summary.ms / 1_000} s`);
  display.say(
    `dispatches: ${attempts.total}, of them ${refused} refused, ${unreachable} unreachable, ${timedOut} timed out; each rolled back at once`,
  );
  display.say("landed on main:");
  for (const line of await logOf(paths, LOG_LINES)) display.say(`  ${line}`);
  display.say(reason === null ? "the library's tests pass on the landed main" : `not done: ${reason}`);
  display.say("");
}
