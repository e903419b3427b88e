/**
 * `npm start`, `npm test` and `npm run check`, from a fresh clone on: runs on Node 20 with nothing installed.
 * Installs what is missing, chooses a Node that is new enough, and hands over.
 */
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testAgents } from "./agents.mjs";
import { check } from "./check.mjs";
import { chooseNode } from "./choose-node.mjs";
import { install } from "./install.mjs";
import { preparePage } from "./page.mjs";
import { supervise } from "./supervise.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const jobs = {
  start: (node, args) => supervise([node, join(root, "cli/main.ts"), ...args], { ipc: true }),
  test: (node, args) => supervise([node, join(root, "node_modules/vitest/vitest.mjs"), "run", ...args], { cwd: root }),
  agents: (node, args) => testAgents(root, node, args),
  town: (node, args) => supervise([node, join(root, "cli/town.ts"), ...args]),
  host: (node, args) => supervise([node, join(root, "host/main.ts"), ...args]),
  check: (node, args) => check(root, node, args),
};
/** What serves the page, or looks at it. */
const WITH_PAGE = new Set(["start", "test", "agents", "check"]);

/** What npm does where packages are installed by hand. Whether that is still what its sources say is looked at by each start. */
const prepareWorker = (root, node) =>
  supervise([node, join(root, "cli/bundle.ts")], { cwd: root, stdio: ["ignore", 2, 2] });

function fail(message) {
  console.error(`townkeeper: ${message}`);
  process.exit(2);
}

async function main([jobName, ...args]) {
  const job = Object.hasOwn(jobs, jobName ?? "")
    ? jobs[jobName]
    : fail("usage: node scripts/run.mjs start|test|agents|town|host|check");
  if (Number.parseInt(process.versions.node, 10) < 20)
    fail(`needs Node 20 or newer; this is ${process.versions.node}.`);
  if (spawnSync("git", ["--version"]).status !== 0) fail("git is not on PATH. Install git, then run this again.");
  const isNew = await install(root);
  const node = chooseNode(root);
  if (!node) fail(`needs Node 22.18 or newer to run; this is ${process.versions.node}. Install one from nodejs.org.`);
  process.env.PATH = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  // TypeScript is stripped and compiled once, not by every process at every start.
  process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules/.cache/townkeeper/compiled");
  if (WITH_PAGE.has(jobName)) await Promise.all([preparePage(root, node), isNew && prepareWorker(root, node)]);
  process.exitCode = await job(node, args);
}

await main(process.argv.slice(2)).catch((error) => fail(error.message));
