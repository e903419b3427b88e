/**
 * What CI runs in a fresh clone: the README's test command and, beside it, every other check one after the other. Both rows
 * wait for processes, leases and alarms most of the time, so two cores carry two of them.
 */
import { fileURLToPath } from "node:url";
import { chooseNode } from "../scripts/choose-node.mjs";
import { install } from "../scripts/install.mjs";
import { preparePage } from "../scripts/page.mjs";
import { endParts, runPart, showUnfinished } from "./part.mjs";
import { allTests, failedTests, slowest } from "./tests.mjs";

/** A machine that hangs is found out before whoever waits for CI gives up. */
const LIMIT_MS = 19 * 60_000;
const GRACE_MS = 10_000;

/** Of the hostile cases and of the simulator's longest days a fifth, each day another: whole, they are most of what CI costs. */
const share = `${1 + (Math.floor(Date.now() / 86_400_000) % 5)}/5`;
process.env.SHARE = share;

/** The quick and telling ones first. */
const CHECKS = {
  checks: ["npm", "run", "check", "--", "--no-tests"],
  "deploy:check": ["npm", "run", "deploy:check"],
  browser: ["bash", fileURLToPath(new URL("browser", import.meta.url))],
  client: ["npm", "run", "test:client"],
  fuzz: ["npm", "run", "fuzz", "--", "--sample", "--seed", "1"],
  mcp: ["npm", "run", "test:mcp"],
  hostile: ["npm", "run", "test:hostile", "--", "--share", share],
  containers: ["bash", fileURLToPath(new URL("containers", import.meta.url))],
};

const total = { passed: 0, failed: 0 };
let hasGivenUp = false;

/** A part that failed without a count of its own is one that failed. */
function count({ ok, passed, failed }) {
  total.passed += passed;
  total.failed += ok ? failed : Math.max(failed, 1);
}

async function checks() {
  for (const [name, command] of Object.entries(CHECKS)) if (!hasGivenUp) count(await runPart(name, command));
}

async function tests() {
  const { command, result } = allTests();
  const { ok } = await runPart("tests", command);
  return { ok, ...result() };
}

/** What failed beside the other row has its second chance alone. */
async function secondChance(first) {
  const again = first.ok || hasGivenUp ? null : failedTests(first);
  if (!again) return first;
  const { ok } = await runPart(`once more, alone: ${again.names.join(", ")}`, again.command);
  const { failed } = again.result();
  return { ok, passed: first.passed + first.failed - failed, failed };
}

async function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  await install(root);
  await preparePage(root, chooseNode(root));
  const [first] = await Promise.all([tests(), checks()]);
  count(await secondChance(first));
  console.log(["the slowest tests:", ...slowest(first)].join("\n"));
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
