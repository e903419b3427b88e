import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { Missing } from "../types.ts";

/**
 * The folder in which this program lies: on the PATH, or where Debian puts what it keeps off the PATH.
 *
 * @throws Missing with the package to install
 */
export function folderOf(program: string, debianPackage: string, others: readonly string[] = []): string {
  const onPath = (process.env.PATH ?? "").split(delimiter);
  const found = [...onPath, ...others].find((folder) => folder !== "" && existsSync(join(folder, program)));
  // Its fellows lie beside the program itself, not beside a link to it.
  if (found) return dirname(realpathSync(join(found, program)));
  throw new Missing(`${program} is not here: apt-get install ${debianPackage}`);
}

/** Debian's PostgreSQL, newest first. */
export function postgresFolders(): string[] {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, "bin"));
}

/** Somebody without rights for a server that refuses to run as root. Undefined: we are not root ourselves. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!user) throw new Missing("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** @throws Error with what it said, if it failed */
export function mustRun(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number; cwd?: string } = {},
): string {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", ...options });
  if (status === 0) return stdout.trim();
  throw new Error(`${file} failed: ${stderr?.trim() || stdout?.trim() || "it cannot be run"}`);
}
