import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "./git.ts";
import { repoRoot, type StatePaths } from "./paths.ts";

/** What is kept of a failing test run: the end says what failed. */
const TAIL_CHARS = 2_000;

/** Makes the sample's bare repository, branch main, from `sample/library`. Complete or not at all. */
export async function makeLibrary({ sample, library }: StatePaths): Promise<void> {
  rmSync(library, { recursive: true, force: true });
  mkdirSync(sample, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(sample, "making-"));
  const work = join(folder, "work");
  const bare = join(folder, "library.git");
  try {
    cpSync(join(repoRoot, "sample/library"), work, { recursive: true });
    await git(folder, "init", "--quiet", "--initial-branch=main", "--template=", work);
    await git(work, "add", "--all", "--force");
    await git(work, "commit", "--quiet", "--message", "Say what tidbits shall do");
    await git(folder, "clone", "--quiet", "--bare", "--template=", "--", work, bare);
    renameSync(bare, library);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The commit that main is at. */
export function headOf({ library }: StatePaths): Promise<string> {
  return git(library, "rev-parse", "main");
}

/** The latest commits of main, one per line. */
export async function logOf({ library }: StatePaths, count: number): Promise<string[]> {
  return (await git(library, "log", "--oneline", `--max-count=${count}`, "main")).split("\n");
}

/** Runs the library's own tests in a fresh clone of main. Null if they pass, else the end of what they said. */
export async function failingTests({ library }: StatePaths): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-clone-"));
  try {
    await git(folder, "clone", "--quiet", "--branch=main", "--", library, join(folder, "library"));
    return await runTests(join(folder, "library"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTests(cwd: string): Promise<string | null> {
  // Within another test run `node --test` would believe it is a part of that, and say nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--test"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said = (said + chunk).slice(-TAIL_CHARS);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code === 0 ? null : said));
  });
}
