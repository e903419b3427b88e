/** What the work of an attempt is to be seen against: nothing that others brought to its branch meanwhile. */
import type { Changes, DiffRequest } from "../src/protocol/diff.ts";
import { GitError, git, type Repository } from "./git.ts";
import { maxTrailedCommits } from "./limits.ts";
import type { Rigs } from "./rigs.ts";

type Base = Pick<Changes, "base" | "baseFrom">;

/**
 * The base that the attempt's host has told; past that, where the branch that it is for was merged into it later. Without one, where
 * the two parted. All of it may be on that branch by now: then its commits say themselves whose they are.
 */
export async function baseOf(
  rigs: Rigs,
  repository: Repository,
  request: DiffRequest,
  signal: AbortSignal,
): Promise<Base> {
  const { town, rig, head, base } = request;
  const parted = await partedFrom(rigs, repository, request, signal);
  if (base !== undefined && (await rigs.contains(town, rig, head, base))) {
    const isLater = parted !== null && parted !== base && (await rigs.contains(town, rig, parted, base));
    return isLater ? { base: parted, baseFrom: "branch" } : { base, baseFrom: "attempt" };
  }
  if (parted !== null) return { base: parted, baseFrom: "branch" };
  return { base: await beforeItsOwn(repository, request, signal), baseFrom: "commits" };
}

/** Null: it has no such branch, shares nothing with it, or all of the work is there. */
async function partedFrom(
  rigs: Rigs,
  repository: Repository,
  { town, rig, head }: DiffRequest,
  signal: AbortSignal,
): Promise<string | null> {
  const heads = await rigs.heads(town, rig);
  const tip = heads.get(rig.defaultBranch) ?? (rig.forkOf && heads.get(rig.forkOf));
  if (!tip) return null;
  try {
    const parted = (await git(repository, ["merge-base", head, tip], { signal })).trim();
    return parted === head ? null : parted;
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return null;
    throw error;
  }
}

/** What comes before the newest commits that carry the bead's trailer, or before the last one alone. Null: nothing does. */
async function beforeItsOwn(
  repository: Repository,
  { head, bead }: DiffRequest,
  signal: AbortSignal,
): Promise<string | null> {
  const asked = ["--first-parent", `--max-count=${maxTrailedCommits + 1}`];
  const format = "--format=%H %(trailers:key=Bead,valueonly,separator=%x20)";
  const said = await git(repository, ["log", "--no-show-signature", ...asked, format, head], { signal });
  const commits = said.split("\n").filter((line) => /^[0-9a-f]{40}/.test(line));
  const others = commits.findIndex((line, at) => at > 0 && line.split(" ").slice(1).join(" ").trim() !== bead);
  const isOwn = commits[0]?.split(" ").slice(1).join(" ").trim() === bead;
  const before = isOwn ? commits[others] : commits[1];
  return before?.split(" ")[0] ?? null;
}
