/** The commits of an attempt, as far as people read them. What agents wrote is of one line each, and without secrets. */
import { type DiffCommit, MAX_COMMITS, MAX_TRAILERS, NAME_CHARS, SUBJECT_CHARS } from "../src/protocol/diff.ts";
import { visible } from "./diff-text.ts";
import { git, type Repository } from "./git.ts";
import { redactStart } from "./redact.ts";

/** Fields that hold no line's end come first, one to a line; then the trailers, each in one. */
const FORMAT = "--format=%H%n%P%n%at%n%an%n%s%n%(trailers:only,unfold)";

/** @param base null: all that there is */
export async function commitsOf(
  repository: Repository,
  { base, head }: { base: string | null; head: string },
  signal: AbortSignal,
): Promise<{ commits: DiffCommit[]; moreCommits: number }> {
  const range = base === null ? head : `${base}..${head}`;
  const asked = ["--no-show-signature", "--no-notes", "--no-mailmap", "--topo-order", "--encoding=UTF-8", "-z"];
  const said = await git(repository, ["log", ...asked, `--max-count=${MAX_COMMITS}`, FORMAT, range], { signal });
  const commits = said
    .split("\0")
    .filter((each) => each !== "")
    .map(commitIn);
  if (commits.length < MAX_COMMITS) return { commits, moreCommits: 0 };
  const all = Number((await git(repository, ["rev-list", "--count", range], { signal })).trim());
  return { commits, moreCommits: Math.max(0, all - commits.length) };
}

function commitIn(text: string): DiffCommit {
  const [hash = "", parents = "", at = "", author = "", subject = "", ...trailers] = text.split("\n");
  return {
    hash,
    parents: parents
      .split(" ")
      .filter((parent) => parent !== "")
      .slice(0, 20),
    subject: words(subject, SUBJECT_CHARS),
    author: words(author, NAME_CHARS),
    at: momentOf(Number(at)),
    trailers: trailers.flatMap(trailerIn).slice(0, MAX_TRAILERS),
  };
}

const words = (text: string, max: number): string => redactStart(visible(text).replace(/\s+/g, " "), max);

/** Null: no date that there is. */
const momentOf = (seconds: number): string | null =>
  Number.isFinite(seconds) && Math.abs(seconds) < 8.64e12 ? new Date(seconds * 1_000).toISOString() : null;

function trailerIn(line: string): DiffCommit["trailers"] {
  const [, name, value] = /^([\w-]{1,60}):\s*(.*)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, value: words(value ?? "", SUBJECT_CHARS) }];
}
