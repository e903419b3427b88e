/**
 * The sample town's agent. It stands where `claude -p` or `codex exec` would stand and does what they do, by script:
 * reads its task on stdin, edits the file, runs the tests, commits. What it writes comes from `solutions/`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** A file begins with its specification, a doc comment; what follows is the code. */
const SPEC_THEN_CODE = /^\/\*\*[\s\S]*?\*\/\n/;

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

/** A town's prompt begins with the title; the module stands on a line of its own in the body. */
function task() {
  const prompt = readFileSync(0, "utf8");
  const name = /^module: ([a-z][a-z-]*)$/m.exec(prompt)?.[1];
  if (!name) fail("The task names no module (a line `module: NAME`).", 2);
  return { name, title: prompt.split("\n", 1)[0] };
}

function implement(name) {
  const path = `src/${name}.js`;
  const solution = new URL(`solutions/${name}.js`, import.meta.url);
  if (!existsSync(path)) fail(`There is no ${path} in this repository.`, 2);
  if (!existsSync(solution)) fail(`I don't know how to write ${name}.`, 3);
  const spec = SPEC_THEN_CODE.exec(readFileSync(path, "utf8"))?.[0];
  if (!spec) fail(`${path} does not say what it should do.`, 2);
  console.log(`${path} asks for:\n${spec}`);
  const [, imports = "", code] = /^((?:import .*\n)+\n)?([\s\S]*)$/.exec(readFileSync(solution, "utf8"));
  writeFileSync(path, imports + spec + code);
  return path;
}

function runTests(name) {
  const { status } = spawnSync(process.execPath, [`test/${name}.test.js`], { stdio: "inherit" });
  if (status !== 0) fail(`The tests of ${name} fail.`);
}

const { name, title } = task();
console.log(`Task: ${title}`);
await pause(200 + Math.random() * 500); // a real one thinks longer
const path = implement(name);
runTests(name);
execFileSync("git", ["add", "--", path], { stdio: "inherit" });
// An earlier try may have come so far, and its commit is there already.
if (spawnSync("git", ["diff", "--cached", "--quiet"]).status === 0) console.log(`${path} is written already.`);
else {
  execFileSync("git", ["commit", "--quiet", "--message", `Write ${name}`], { stdio: "inherit" });
  console.log(`Committed ${path}.`);
}
