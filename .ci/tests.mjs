/**
 * `npm test` for CI: files side by side, and afterwards, when nothing else runs, those that failed once more, one after the
 * other. On a machine that does other work as well, a test of leases and processes may run into its own time limit; one that
 * fails alone too has failed.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SLOWEST = 10;
/** More than these are no accident. */
const MOST_AGAIN = 6;

const shortName = (file) => file.split("/test/").at(-1);
const brokenIn = ({ files }) => files.filter(({ status }) => status === "failed");

/** The command that tests, and what came of it: to be read once it has ended. */
function round(args) {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-ci-"));
  const report = join(folder, "report.json");
  const flags = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const result = () => {
    try {
      const {
        numPassedTests: passed,
        numFailedTests: failed,
        testResults: files,
      } = JSON.parse(readFileSync(report, "utf8"));
      return { passed, failed, files };
    } catch {
      return { passed: 0, failed: 1, files: [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { command: ["npm", "test", "--", ...flags, ...args], result };
}

export const allTests = () => round([]);

/** Those that failed once more, or null: there are none, or too many. */
export function failedTests(first) {
  const broken = brokenIn(first);
  if (broken.length === 0 || broken.length > MOST_AGAIN) return null;
  return {
    ...round(["--maxWorkers=1", ...broken.map(({ name }) => name)]),
    names: broken.map(({ name }) => shortName(name)),
  };
}

export function slowest({ files }) {
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, duration }) => ({ name: shortName(name), fullName, duration: duration ?? 0 })),
  );
  return tests
    .toSorted((a, b) => b.duration - a.duration)
    .slice(0, SLOWEST)
    .map(({ name, fullName, duration }) => `  ${(duration / 1_000).toFixed(1).padStart(6)} s  ${name}: ${fullName}`);
}
