import { posix } from "node:path";
import { quoted } from "../src/lib/shell-words.ts";
import { commandMissing } from "./exec-driver.ts";
import { git, type Repository } from "./git.ts";
import { type Finding, ill, illAsSaid, well } from "./preflight-finding.ts";

/** A command that a run finds in its working tree: a path that is relative. */
export const isInTree = (file: string): boolean => file.includes("/") && !posix.isAbsolute(file);

type Tip = { mirror: Repository; branch: string; head: string };

const EXECUTABLE = "100755";
const FILE = "100644";
const FOLDER = "040000";
const SUBMODULE = "160000";

/** Whether such a command is in the tree that a run begins with. Git alone is asked: nothing of the repository is started. */
export async function commandInTree(
  file: string,
  { mirror, branch, head }: Tip,
  signal: AbortSignal,
): Promise<Finding> {
  const path = posix.normalize(file);
  const at = `${branch} (${head.slice(0, 12)})`;
  const here = well(`${file} is in the working tree, as of ${at}; it is not tried`);
  if (path.startsWith("../"))
    return ill(`${file} lies outside of the working tree.`, "Give the agent's command as an absolute path.");
  const modes = await modesOf(mirror, head, path, signal);
  const mode = modes.get(path);
  if (mode === EXECUTABLE) return here;
  if (mode === FILE)
    return ill(
      `${file} is not executable at ${at}.`,
      `Make it so and push: git update-index --chmod=+x ${quoted(path)}`,
    );
  if (mode === FOLDER) return ill(`${file} is a folder at ${at}.`, "Name a program in it as the agent's command.");
  if ([...modes.values()].includes(SUBMODULE)) return well(`${file} is of a submodule, which is not looked into`);
  const led = await followed(mirror, head, path, signal);
  if (led === "file") return here;
  const missing = led === null ? null : commandMissing(led, undefined);
  if (led !== null) return missing === null ? here : illAsSaid(missing);
  const hint = `Push it to ${branch} as an executable file, or give the agent's command as an absolute path.`;
  return ill(`${file} is not in the working tree: ${at} has no such file.`, hint);
}

/** Of the path, and of the folders above it as far as they are there. */
async function modesOf(
  mirror: Repository,
  head: string,
  path: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const parts = path.split("/");
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const listed = await git(mirror, ["ls-tree", "-t", "-z", head, "--", ...paths], { signal });
  return new Map(listed.split("\0").map((entry) => [entry.slice(entry.indexOf("\t") + 1), entry.slice(0, 6)]));
}

/** Where links lead: to a file of the tree, or to an absolute path of the host. Null: nowhere. */
async function followed(mirror: Repository, head: string, path: string, signal: AbortSignal): Promise<string | null> {
  if (path.includes("\n")) return null;
  const stdin = `${head}:${path}\n`;
  const said = await git(mirror, ["cat-file", "--batch-check=%(objecttype)", "--follow-symlinks"], { stdin, signal });
  const [first = "", second = ""] = said.split("\n");
  if (first === "blob") return "file";
  return first.startsWith("symlink ") && posix.isAbsolute(second) ? second : null;
}
