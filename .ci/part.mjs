/** One part of CI: a command whose output is kept apart from that of the others, and shown in one piece when it has ended. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a part that passed shows of its output. */
const SHOWN_LINES = 15;
const COUNTS = /^(\d+) passed, (\d+) failed$/;

/** Of each part at work its name and where its output goes, by its process. */
const running = new Map();

/** Ends what runs, with all that it started. */
export function endParts(signal) {
  for (const { pid } of running.keys()) {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** The last lines of what is still at work. */
export function showUnfinished() {
  for (const { name, path } of running.values())
    console.log(shown(`${name} has NOT ENDED`, lastLinesOf(linesIn(path))));
}

const linesIn = (path) => readFileSync(path, "utf8").trimEnd().split("\n");
const lastLinesOf = (lines) => lines.slice(-SHOWN_LINES);
const shown = (what, lines) => [`=== ${what}`, ...lines, ""].join("\n");

/** Runs a command to its end. Resolves to whether it passed, and what its own closing line counted. */
export async function runPart(name, [file, ...args]) {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-ci-"));
  const path = join(folder, "output");
  const output = openSync(path, "w");
  const startedMs = performance.now();
  console.log(`ci: ${name} begins`);
  try {
    // A process group of its own, so that it can be ended with all that it started.
    const child = spawn(file, args, { stdio: ["ignore", output, output], detached: true });
    running.set(child, { name, path });
    const code = await new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (status, signal) => resolve(status ?? signal));
    });
    running.delete(child);
    const lines = linesIn(path);
    const took = `${Math.round((performance.now() - startedMs) / 1_000)} s`;
    const ended = code === 0 ? "passed" : `FAILED (${code})`;
    console.log(shown(`${name} ${ended} in ${took}`, code === 0 ? lastLinesOf(lines) : lines));
    const counts = lines.map((line) => COUNTS.exec(line)).filter((match) => match !== null);
    const sum = (index) => counts.reduce((all, match) => all + Number(match[index]), 0);
    return { ok: code === 0, passed: sum(1), failed: sum(2) };
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}
