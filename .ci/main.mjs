/**
 * What CI runs in a fresh clone: every check and test there is, two parts beside each other. What there was no time for has
 * failed, by name.
 */
import { fileURLToPath } from "node:url";
import { chooseNode } from "../scripts/choose-node.mjs";
import { install } from "../scripts/install.mjs";
import { preparePage } from "../scripts/page.mjs";
import { endParts, runPart, showUnfinished } from "./part.mjs";
import { parts } from "./parts.mjs";
import { shortName, slowest, testRound } from "./tests.mjs";

/** A machine that hangs is found out before whoever waits for CI gives up. */
const LIMIT_MS = 19 * 60_000;
const GRACE_MS = 10_000;

/** So many parts at a time: they wait for processes, leases and alarms much of the time. With a third, what is held to a time fails. */
const LANES = 2;

/** So many files that failed are tried once more. */
const MOST_AGAIN = 6;

const total = { passed: 0, failed: 0 };
/** Of all parts that are tests. */
const files = [];
let failedOnce = 0;
const left = [...parts];
let hasGivenUp = false;

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
  if (!played.some(({ status }) => status === "failed")) return count({ ok, passed, failed });
  failedOnce += failed;
  count({ ok: true, passed, failed: 0 });
}

async function lane() {
  while (left.length > 0 && !hasGivenUp) await play(left.shift());
}

/**
 * What failed beside another part has its second chance alone: on a busy machine a test of leases and processes may run into its
 * own time limit. One that fails alone too has failed, and more than a few are no accident.
 */
async function secondChance() {
  const broken = files.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (broken.length === 0) return;
  if (hasGivenUp || broken.length > MOST_AGAIN) return count({ ok: false, passed: 0, failed: broken.length });
  const name = `once more, alone: ${broken.map(shortName).join(", ")}`;
  const { ok, failed } = await playTests(name, ["--maxWorkers=1", ...broken]);
  // What passed beside them the first time has been counted.
  count({ ok, passed: Math.max(failedOnce - failed, 0), failed });
}

async function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  await install(root);
  await preparePage(root, chooseNode(root));
  await Promise.all(Array.from({ length: LANES }, lane));
  await secondChance();
  console.log(["the slowest tests:", ...slowest(files)].join("\n"));
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
  if (left.length > 0) console.log(`ci: not begun: ${left.map(({ name }) => name).join(", ")}`);
  total.failed += 1 + left.length;
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
