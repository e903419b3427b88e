import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The sample must come out the same whatever a person's own git settings are: no hooks, no signing, no line endings. */
const SETTINGS = {
  "core.hooksPath": "/dev/null",
  "core.autocrlf": "false",
  "commit.gpgSign": "false",
  "user.name": "Townkeeper sample",
  "user.email": "sample@townkeeper.invalid",
};

/** Runs git, never through a shell. Resolves to what it printed. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const { stdout } = await run("git", [...settings, ...args], { cwd, env: cleanEnv(), maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}

/** Started from a git hook, we would inherit GIT_DIR and work on the wrong repository. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
}
