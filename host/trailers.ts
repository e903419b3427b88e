import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { git, type Repository } from "./git.ts";
import { maxTrailedCommits } from "./limits.ts";

/** Lines such as `Bead: lib-3`, by name. */
type Trailers = Readonly<Record<string, string>>;

/** Which bead a commit is for, and which attempt made it. */
export function trailersOf(bead: string, attempt: number): Trailers {
  return { Bead: bead, Attempt: String(attempt) };
}

/**
 * Writes trailers under the messages of all commits that a head has and the remote does not. They become new commits for
 * that; a signature goes, since it would be of the former one. Of more than a bounded number all stay as they are.
 *
 * @param known commits whose history stays untouched
 * @returns the new head
 */
export async function withTrailers(
  repository: Repository,
  head: string,
  known: Iterable<string>,
  trailers: Trailers,
  signal: AbortSignal,
): Promise<string> {
  const stdin = [head, ...[...known].map((commit) => `^${commit}`), ""].join("\n");
  const args = ["rev-list", "--topo-order", "--reverse", `--max-count=${maxTrailedCommits + 1}`, "--stdin"];
  const listed = (await git(repository, args, { stdin, signal })).split("\n").filter((line) => line !== "");
  if (listed.length === 0 || listed.length > maxTrailedCommits) return head;
  const asked = { stdin: `${listed.join("\n")}\n`, encoding: "latin1", signal } as const;
  const commits = await git(repository, ["cat-file", "--batch"], asked);
  const renamed = new Map<string, string>();
  for (const { id, text } of objectsIn(commits))
    renamed.set(id, writeCommit(repository, rewritten(text, renamed, trailers)));
  return renamed.get(head) ?? head;
}

/** What `cat-file --batch` prints: a line with id, type and size, the content, a line feed. */
function* objectsIn(printed: string): Generator<{ id: string; text: string }> {
  for (let at = 0; at < printed.length; ) {
    const end = printed.indexOf("\n", at);
    const [id = "", , size = "0"] = printed.slice(at, end).split(" ");
    const text = printed.slice(end + 1, end + 1 + Number(size));
    at = end + 1 + Number(size) + 1;
    yield { id, text };
  }
}

function rewritten(commit: string, renamed: ReadonlyMap<string, string>, trailers: Trailers): string {
  const split = commit.indexOf("\n\n");
  const [head, message] = [commit.slice(0, split), commit.slice(split + 2)];
  const lines = head
    .replace(/\n(?:gpgsig|gpgsig-sha256) [^\n]*(?:\n [^\n]*)*/g, "")
    .split("\n")
    .map((line) => line.replace(/^parent (\w+)$/, (_, parent: string) => `parent ${renamed.get(parent) ?? parent}`));
  return `${lines.join("\n")}\n\n${trailed(message, trailers)}`;
}

/** Whether a host has put its trailers on a commit: which attempt of the bead made it, it needn't know. Null: of any bead. */
export async function carriesTrailers(repository: Repository, commit: string, bead: string | null): Promise<boolean> {
  const text = await git(repository, ["cat-file", "commit", commit], { encoding: "latin1" });
  const lines = text.trimEnd().split("\n");
  const names = (line: string) => (bead === null ? line.startsWith("Bead: ") : line === `Bead: ${bead}`);
  return lines.some(names) && lines.some((line) => /^Attempt: \d+$/.test(line));
}

/** The message with the trailers at its end, each once; a block of trailers that stands there already goes on. */
function trailed(message: string, trailers: Trailers): string {
  const paragraphs = message.trimEnd().split(/\n[ \t]*\n/);
  const last = paragraphs.length > 1 ? (paragraphs.at(-1) ?? "") : "";
  const isBlock =
    last !== "" && last.split("\n").every((line) => /^(?:[A-Za-z0-9-]+:\s|\s+\S|\(cherry picked )/.test(line));
  const missing = Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}`)
    .filter((line) => !isBlock || !last.split("\n").includes(line));
  if (missing.length === 0) return message;
  return `${message.trimEnd()}\n${isBlock ? "" : "\n"}${missing.join("\n")}\n`;
}

/** As git writes a loose object, without a process for each. */
function writeCommit({ gitDir }: Repository, text: string): string {
  const body = Buffer.from(text, "latin1");
  const object = Buffer.concat([Buffer.from(`commit ${body.length}\0`), body]);
  const id = createHash("sha1").update(object).digest("hex");
  const folder = join(gitDir, "objects", id.slice(0, 2));
  const path = join(folder, id.slice(2));
  if (existsSync(path)) return id;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, deflateSync(object), { mode: 0o444 });
  return id;
}
