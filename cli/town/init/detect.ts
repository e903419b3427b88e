/** What can be seen of a repository and of this machine, so that less must be asked. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
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
