/** What can be seen of a repository and of this machine, so that less must be asked. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { z } from "zod";

/** The tools that a preset knows, the best known first. */
const TOOLS = ["claude", "codex", "gemini", "opencode"] as const;

const packageFile = z.looseObject({ scripts: z.record(z.string(), z.string()).optional() });

/** What npm writes where nobody has written tests. */
const NO_TESTS = /no test specified/;

/** The repository that somebody stands in: the one that it was cloned from, else itself. Null: it is none. */
export function repositoryAt(folder: string): { url: string; root: string } | null {
  const root = git(folder, ["rev-parse", "--show-toplevel"]);
  if (!root) return null;
  return { url: git(root, ["remote", "get-url", "origin"]) || root, root };
}

/** Whether what is in this working copy is of that repository: one of its remotes, or itself. @param from where a path is meant from */
export function isOf(root: string, repository: string, from: string): boolean {
  const remotes = git(root, ["remote", "-v"])
    .split("\n")
    .flatMap((line) => /^\S+\t(.*) \(fetch\)/.exec(line)?.[1] ?? []);
  const wanted = placeOf(repository, from);
  return [root, ...remotes].some((each) => placeOf(each, root) === wanted);
}

/** One writing of those that a repository's place has: `file:///a/b.git/` is `/a/b`, and `me@host:b` is `ssh://me@host/b`. */
function placeOf(repository: string, from: string): string {
  const bare = (text: string) => text.replace(/\/+$/, "").replace(/\/?\.git$/, "");
  const [, who, path] = /^([^/:]+):(?!\/\/)\/*(.*)$/.exec(repository) ?? [];
  if (who !== undefined) return bare(`ssh://${who}/${path}`);
  const url = URL.canParse(repository) ? new URL(repository) : null;
  if (url && url.protocol !== "file:") return bare(url.href);
  const folder = resolve(from, repository.replace(/^file:\/\/(?:localhost)?/, ""));
  return bare(existsSync(folder) ? realpathSync(folder) : folder);
}

function git(folder: string, args: string[]): string {
  try {
    return execFileSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

/** How the repository in this folder is tested, and the file that tells. Null: that can't be seen. */
export function testCommandIn(folder: string): { words: string[]; from: string } | null {
  const has = (file: string) => existsSync(join(folder, file));
  const script = scriptIn(folder);
  if (script && !NO_TESTS.test(script)) {
    const tool = has("pnpm-lock.yaml") ? "pnpm" : has("yarn.lock") ? "yarn" : "npm";
    return { words: [tool, "test"], from: "package.json" };
  }
  for (const [file, words] of TESTED_BY) if (has(file)) return { words: [...words], from: file };
  if (has("Makefile") && /^test:/m.test(readFileSync(join(folder, "Makefile"), "utf8")))
    return { words: ["make", "test"], from: "Makefile" };
  return null;
}

const PYTEST = ["python3", "-m", "pytest"];
const TESTED_BY: readonly (readonly [string, readonly string[]])[] = [
  ["Cargo.toml", ["cargo", "test"]],
  ["go.mod", ["go", "test", "./..."]],
  ["pytest.ini", PYTEST],
  ["pyproject.toml", PYTEST],
  ["tox.ini", PYTEST],
];

function scriptIn(folder: string): string | null {
  try {
    return packageFile.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).scripts?.test ?? null;
  } catch {
    return null;
  }
}

/** A name as towns give it to rigs, made of a URL or path. */
export function nameOf(repository: string): string {
  const last = basename(
    repository
      .replace(/[/\\]+$/, "")
      .replace(/\.git$/, "")
      .replace(/^.*:/, ""),
  );
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name.slice(0, 40) || "app";
}

/** The coding agents that are installed here. */
export function toolsHere(env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return TOOLS.filter((tool) => folders.some((folder) => isProgram(join(folder, tool))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
