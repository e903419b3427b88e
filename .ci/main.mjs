/**
 * What CI runs in a fresh clone: every check and test there is, two parts beside each other. A machine that is several times
 * slower than others runs what tells most, and as much of the rest as there is time for; it says what it left.
 */
import { fileURLToPath } from "node:url";
import { chooseNode } from "../scripts/choose-node.mjs";
import { install } from "../scripts/install.mjs";
import { preparePage } from "../scripts/page.mjs";
import { endParts, runPart, showUnfinished } from "./part.mjs";
import { always, deferrable } from "./parts.mjs";
import { shortName, slowest, testRound } from "./tests.mjs";

/** A machine that hangs is found out before whoever waits for CI gives up. */
const LIMIT_MS = 19 * 60_000;
const GRACE_MS = 10_000;

/** When so much time is gone nothing begins that may wait for another day. */
const BEGINS_BEFORE_MS = 11 * 60_000;

/** So many files that failed are tried once more. */
const MOST_AGAIN = 6;

const total = { passed: 0, failed: 0 };
const files = [];
let hasGivenUp = false;

const startedMs = performance.now();
const mayBegin = () => performance.now() - startedMs < BEGINS_BEFORE_MS;

/** A part that failed without a count of its own is one that failed. */
function count({ ok, passed, failed }) {
  total.passed += passed;
  total.failed += ok ? failed : Math.max(failed, 1);
}

async function playTests(name, args) {
  const { command, result } = testRound(args);
  const { ok } = await runPart(name, command);
  return { ok, ...result() };
}

/** What failed in tests is counted when it has had its second chance. */
async function play({ name, command, tests }) {
  if (command) return count(await runPart(name, command));
  const { ok, passed, failed, files: played } = await playTests(name, tests);
  files.push(...played);
  const broken = played.some(({ status }) => status === "failed");
  count(broken ? { ok: true, passed, failed: 0 } : { ok, passed, failed });
}

/** Two of them beside each other: they wait for processes, leases and alarms much of the time. */
async function playAll() {
  const left = [...always, ...deferrable];
  const isNext = () => left.length > 0 && !hasGivenUp && (left.length > deferrable.length || mayBegin());
  const lane = async () => {
    while (isNext()) await play(left.shift());
  };
  await Promise.all([lane(), lane()]);
  return left;
}

/**
 * What failed beside another part has its second chance alone: on a busy machine a test of leases and processes may run into its
 * own time limit. One that fails alone too has failed, and more than a few are no accident.
 */
async function secondChance() {
  const broken = files.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (broken.length === 0) return;
  if (hasGivenUp || broken.length > MOST_AGAIN) return count({ ok: false, passed: 0, failed: broken.length });
  count(await playTests(`once more, alone: ${broken.map(shortName).join(", ")}`, ["--maxWorkers=1", ...broken]));
}

async function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  await install(root);
  await preparePage(root, chooseNode(root));
  const left = await playAll();
  await secondChance();
  console.log(["the slowest tests:", ...slowest(files)].join("\n"));
  if (left.length > 0)
    console.log(`ci: not run, as this machine is too slow for all of it: ${left.map(({ name }) => name).join(", ")}`);
}

function close() {
  // One plain closing line, whatever the tools above print.
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 ? 0 : 1);
}

/** Ends what is still at work, and closes all the same. */
function giveUp(why) {
  console.log(`ci: ${why}, with parts still at work`);
  hasGivenUp = true;
  showUnfinished();
  total.failed++;
  endParts("SIGTERM");
  setTimeout(() => {
    endParts("SIGKILL");
    close();
  }, GRACE_MS);
}

setTimeout(() => giveUp(`ended after ${LIMIT_MS / 60_000} minutes`), LIMIT_MS).unref();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => giveUp(`told to end by ${signal}`));

await main().catch((error) => {
  console.log(`ci: ${error.message}`);
  total.failed++;
});
close();
