/**
 * `npm test` as CI runs it: files side by side, then those that failed once more, one after the other. On a machine that does
 * other work as well, a test of leases and processes may run into its own time limit; one that fails alone too has failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "townkeeper-ci-"));

function run(name, args) {
  const report = join(folder, `${name}.json`);
  const flags = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync("npm", ["test", "--", ...flags, ...args], { stdio: "inherit" });
  try {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      testResults: files,
    } = JSON.parse(readFileSync(report, "utf8"));
    return { status: status ?? 1, passed, failed, files };
  } catch {
    return { status: status ?? 1, passed: 0, failed: 1, files: [] };
  }
}

const shortName = (file) => file.split("/test/").at(-1);
const brokenIn = ({ files }) => files.filter(({ status }) => status === "failed");

const first = run("first", []);
const broken = brokenIn(first);
// More than a few are no accident.
const again = first.status !== 0 && broken.length > 0 && broken.length <= 6;
const second = again ? run("second", ["--maxWorkers=1", ...broken.map(({ name }) => name)]) : null;
if (second) console.log(`once more, alone: ${broken.map(({ name }) => shortName(name)).join(", ")}`);

const failed = second ? second.failed : first.failed;
const passed = first.passed + first.failed - failed;
const tests = first.files.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, duration }) => ({ name: shortName(name), fullName, duration: duration ?? 0 })),
);
console.log("the slowest tests:");
for (const { name, fullName, duration } of tests.toSorted((a, b) => b.duration - a.duration).slice(0, 10))
  console.log(`  ${(duration / 1_000).toFixed(1).padStart(6)} s  ${name}: ${fullName}`);
console.log(`${passed} passed, ${failed} failed`);
rmSync(folder, { recursive: true, force: true });
process.exit((second ?? first).status);
