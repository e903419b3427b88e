/** `npm test` for CI, and what came of it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SLOWEST = 10;

export const shortName = (file) => file.split("/test/").at(-1);

/** A command that tests, and what came of it: to be read once, when it has ended. */
export function testRound(args) {
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

export function slowest(files) {
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, duration }) => ({ name: shortName(name), fullName, duration: duration ?? 0 })),
  );
  return tests
    .toSorted((a, b) => b.duration - a.duration)
    .slice(0, SLOWEST)
    .map(({ name, fullName, duration }) => `  ${(duration / 1_000).toFixed(1).padStart(6)} s  ${name}: ${fullName}`);
}
