import { join } from "node:path";
import { fetchCommits } from "./agent-commits.ts";
import { type AgentRefs, readAgentRefs } from "./agent-refs.ts";
import { checkContents } from "./check-contents.ts";
import { checkSubmodules } from "./check-submodules.ts";
import { GitError, git, gitSays } from "./git.ts";
import type { Heads } from "./git-folders.ts";
import { uploadLfs } from "./lfs-upload.ts";
import { commitFailed, StepFailure } from "./outcomes.ts";
import { treeOfFiles } from "./working-tree.ts";
import { identityOf, type Workshop } from "./workshops.ts";

type Work = {
  workshop: Workshop;
  /** First line of the commit that the host makes. */
  title: string;
  identity: Record<string, string>;
  /** Makes the mirror as new as the remote, and says what that has. */
  refresh: () => Promise<Heads>;
  signal: AbortSignal;
};

export type Collected = {
  /** The commit that holds the work; it is in the host's git directory. */
  head: string;
  /** The newest commit of the branch it started from that it is built on: what follows is the attempt's. */
  base: string;
  /** The remote's branches, as far as the host knows: what they have is no work of the attempt's. */
  heads: Heads;
  /** What a person should know of how it was found, a sentence each. */
  notes: readonly string[];
};

/** Commits of an agent: what is checked out, and what else it made. */
type Found = { head: string; related: boolean; others: readonly string[]; heads: Heads; notes: string[] };

/** The commit that holds the work, and how it was found. */
type Taken = Pick<Collected, "head" | "notes">;

/**
 * Finds an agent's work: what it committed, wherever its repository points to it, and what it left uncommitted, which is
 * committed here. Nothing of that repository is believed but the contents of objects and files.
 *
 * @throws StepFailure `no_commit` if nothing changed, `workspace_gone`, `ambiguous_work`, `commit_failed` if git can't take it
 */
export async function collectWork(work: Work): Promise<Collected> {
  const { workshop } = work;
  if (identityOf(workshop.host.workTree) !== workshop.identity) throw workspaceGone();
  try {
    const refs = await readAgentRefs(join(workshop.host.workTree, ".git"));
    const found = await findCommits(work, refs);
    const taken = (await takeFiles(work, found)) ?? (await takeOther(work, found)) ?? nothing(refs, found.notes);
    await checkSubmodules(workshop, taken.head, work.signal);
    await uploadLfs(workshop, taken.head, work.signal);
    return { ...taken, base: await startOf(work, taken.head, found.heads), heads: found.heads };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw commitFailed(error);
  }
}

async function findCommits({ workshop, refresh, signal }: Work, refs: AgentRefs): Promise<Found> {
  const { start, base } = workshop;
  const heads = knowsMore(refs, workshop.heads) ? await refresh() : workshop.heads;
  const known = new Set([start, base, ...heads.values()]);
  const branches = [...refs.refs].filter(([name]) => name.startsWith("refs/heads/")).map(([, commit]) => commit);
  const named = [refs.head ?? start, ...branches, ...refs.elsewhere];
  const made = [...new Set(named)].filter((commit) => !known.has(commit) && commit.length === base.length);
  const whole = made.length > 0 ? await fetchCommits(workshop, made, signal) : new Set<string>();
  const isHere = (commit: string) => known.has(commit) || whole.has(commit);
  const head = refs.head !== null && isHere(refs.head) ? refs.head : start;
  const broken = named.filter((commit) => !isHere(commit));
  const notes = notesOn(refs, new Set(broken));
  const related = head === start || (await git(workshop.host, ["merge-base", base, head]).then(Boolean, isNo));
  if (!related)
    notes.push("What is checked out has no common history with the branch: its files were taken, as one commit.");
  return { head, related, heads, others: [...whole].filter((commit) => commit !== head), notes };
}

/** Whether the agent may have met commits of the remote's, or have put some there, that the mirror does not know yet. */
function knowsMore({ fetched, refs }: AgentRefs, heads: Heads): boolean {
  if (fetched) return true;
  const prefix = "refs/remotes/origin/";
  return [...refs].some(
    ([name, commit]) =>
      name.startsWith(prefix) && name !== `${prefix}HEAD` && heads.get(name.slice(prefix.length)) !== commit,
  );
}

/** Where the work begins: later than the attempt did, if the agent brought itself up to date meanwhile. */
async function startOf({ workshop, signal }: Work, head: string, heads: Heads): Promise<string> {
  const { host, base, start, place } = workshop;
  const isAsItWas = heads === workshop.heads && start === base;
  const main = isAsItWas ? undefined : heads.get(place.rig.defaultBranch);
  if (main === undefined) return base;
  const fork = ((await git(host, ["merge-base", head, main], { signal }).catch(isNo)) || base).trim();
  return (await gitSays(host, ["merge-base", "--is-ancestor", base, fork], { signal })) ? fork : base;
}

function notesOn(refs: AgentRefs, broken: ReadonlySet<string>): string[] {
  const notes: string[] = [];
  if (refs.state === "gone") notes.push("The agent removed its .git: its files were taken, as one commit.");
  if (refs.state === "replaced")
    notes.push("The agent put something else in place of its .git: its files were taken, as one commit.");
  for (const commit of broken) {
    notes.push(
      `Commit ${commit.slice(0, 12)} is unsound, or not all of it is there: it was left out, its files were taken as they are.`,
    );
  }
  if (refs.refs.has("refs/stash")) notes.push("A stash was left (git stash): it is no part of the work.");
  return notes;
}

/** The commit that is checked out with all that was not committed; null if both change nothing. */
async function takeFiles({ workshop, title, identity, signal }: Work, found: Found): Promise<Taken | null> {
  const { host, base } = workshop;
  const parent = found.related ? found.head : workshop.start;
  const asked = await git(host, ["rev-parse", `${parent}^{tree}`, `${base}^{tree}`], { signal });
  const [parentTree = "", baseTree = ""] = asked.trim().split("\n");
  if (parent !== workshop.start) await checkContents(host, base, parent, signal);
  const files = await treeOfFiles(workshop, { commit: parent, tree: parentTree }, signal);
  if (files.tree === baseTree) return null;
  const notes = [...found.notes, ...files.notes];
  const commit = ["commit-tree", files.tree, "-p", parent, "-m", title];
  const head = files.tree === parentTree ? parent : (await git(host, commit, { env: identity, signal })).trim();
  const left = (await independent(workshop, [head, ...found.others], signal)).filter((tip) => tip !== head);
  for (const tip of left)
    notes.push(`Commit ${tip.slice(0, 12)} was left on another branch: it is no part of the work.`);
  return { head, notes };
}

/** Of an agent whose checkout has nothing: the one commit that its other branches come to; null if they have none. */
async function takeOther({ workshop, signal }: Work, { others, notes }: Found): Promise<Taken | null> {
  const [head, ...more] = await independent(workshop, others, signal);
  if (head === undefined) return null;
  await checkContents(workshop.host, workshop.base, head, signal);
  if (more.length === 0) return { head, notes: [...notes, "The work was on a branch that was not checked out."] };
  const named = [head, ...more].map((commit) => commit.slice(0, 12)).join(", ");
  const message = `The agent left its work on several branches (${named}), and none of it checked out. It must leave what is to land checked out, or on one branch.`;
  throw new StepFailure("agent_failed", "ambiguous_work", message);
}

/** Those of the commits that no other of them has in its history. */
async function independent({ host }: Workshop, commits: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (commits.length < 2) return [...commits];
  const listed = await git(host, ["merge-base", "--independent", ...commits], { signal });
  return listed.split("\n").filter((commit) => commit !== "");
}

function nothing(refs: AgentRefs, notes: readonly string[]): never {
  const stashed = refs.refs.has("refs/stash");
  const message = stashed
    ? "The agent exited 0 but left what it changed in a stash (git stash), which is never landed: it must commit it, or leave it in its files."
    : "The agent exited 0 but changed nothing: no commit, no changed file.";
  throw new StepFailure("agent_failed", "no_commit", [message, ...(stashed ? [] : notes)].join(" "));
}

function workspaceGone(): StepFailure {
  const message =
    "The agent removed its working copy, or put something else in its place: nothing could be taken from it.";
  return new StepFailure("agent_failed", "workspace_gone", message);
}

function isNo(error: unknown): false {
  if (error instanceof GitError && error.exitCode === 1) return false;
  throw error;
}
