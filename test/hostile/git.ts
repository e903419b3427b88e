import { execFileSync } from "node:child_process";

const clean = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "user",
  GIT_AUTHOR_EMAIL: "user@user.invalid",
  GIT_COMMITTER_NAME: "user",
  GIT_COMMITTER_EMAIL: "user@user.invalid",
};

/** The harness's own git, which no configuration of an agent's reaches. */
export function git(cwd: string, ...args: string[]): string {
  const options = { cwd, encoding: "utf8", env: clean, stdio: "pipe", maxBuffer: 64 * 1024 * 1024 } as const;
  return execFileSync("git", ["-c", "safe.directory=*", ...args], options).trimEnd();
}

/** Name → commit of every ref. */
export function refsOf(repository: string): Map<string, string> {
  const lines = git(repository, "for-each-ref", "--format=%(refname) %(objectname)").split("\n").filter(Boolean);
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}
