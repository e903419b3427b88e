import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { branchName } from "../src/lib/branch.ts";
import type { LookRequest, RigLook } from "../src/protocol/rig-look.ts";
import { GitError, git, gitIdentity, type Repository } from "./git.ts";
import { type Heads, writeGitDir } from "./git-folders.ts";
import { rigLookMs } from "./limits.ts";
import { mending, push } from "./push.ts";
import { tryPush } from "./push-check.ts";
import { redactStart } from "./redact.ts";
import { remove } from "./state-files.ts";

/** What a remote lists: its branches, and which of them it calls its default, where it does. */
type Listed = { branches: Map<string, string>; head: string | null };

const ill = (branch: string | null, detail: string, hint: string, code = "no_branch"): RigLook => ({
  ...{ ok: false, branch, detail, hint, code },
});

/** What is at a rig's URL; and an empty repository is begun, where that is asked for. Nothing of it is kept here. */
export async function lookAtRig(request: LookRequest): Promise<RigLook> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-look-"));
  const repository = { gitDir: join(folder, "git") };
  const signal = AbortSignal.timeout(rigLookMs);
  try {
    writeGitDir(repository.gitDir, { head: "ref: refs/heads/none", borrows: [] });
    return await lookFrom(repository, request, signal);
  } catch (error) {
    if (!(error instanceof GitError || signal.aborted)) throw error;
    const why = signal.aborted ? `it did not answer within ${rigLookMs / 1_000} s` : (error as GitError).output;
    const detail = `This host can't reach ${request.rig.repoUrl}: ${redactStart(why, 1_000)}`;
    return ill(
      null,
      detail,
      "Mend the rig's URL, or this host's access to it (ssh key, credential helper).",
      "fetch_failed",
    );
  } finally {
    remove(folder);
  }
}

async function lookFrom(repository: Repository, request: LookRequest, signal: AbortSignal): Promise<RigLook> {
  const { town, rig, begin } = request;
  const { id, repoUrl, defaultBranch } = rig;
  const listed = await list(repository, repoUrl, signal);
  if (listed.branches.size > 0) {
    const found = judge(listed, id, defaultBranch);
    return found.ok && request.push ? withPush(repository, request, { found, heads: listed.branches }, signal) : found;
  }
  const unborn = branchName.catch("main").parse(defaultBranch ?? (await unbornHead(repository, repoUrl, signal)));
  if (begin) return beginAt(repository, { town, id, repoUrl, branch: unborn }, signal);
  const hint = `Have it begun: POST …/rigs/${id}/preflight {"begin": true} makes its first commit, on ${unborn}.`;
  return ill(unborn, "The repository is empty: it has no commit yet.", hint);
}

/** What is found out beside it of pushing there, as a preflight does. What could not be found out is said, and is no fault. */
async function withPush(
  repository: Repository,
  { rig }: LookRequest,
  { found, heads }: { found: RigLook; heads: Heads },
  signal: AbortSignal,
): Promise<RigLook> {
  const branch = found.branch ?? "";
  const head = heads.get(branch) ?? "";
  try {
    // The commit alone, where the remote can leave out the rest: a push of what it has sends nothing. By a name, which git keeps.
    const named = ["-c", `remote.look.url=${rig.repoUrl}`];
    const shallow = ["fetch", "--quiet", "--no-tags", "--depth=1", "--filter=tree:0"];
    const ref = `+refs/heads/${branch}:refs/heads/${branch}`;
    await git(repository, [...named, ...shallow, "--", "look", ref], { signal });
    const place = { ...rig, defaultBranch: branch };
    const { detail, hint, code, isContent } = await tryPush(repository, place, { heads, head }, signal);
    if (isContent) return { ...found, detail: `${found.detail}; ${detail}` };
    return hint === null
      ? { ...found, detail: `${found.detail}; ${detail}`, pushed: true }
      : { ...ill(branch, detail, hint, code), pushed: false };
  } catch (error) {
    if (!(error instanceof GitError || signal.aborted)) throw error;
    const why = signal.aborted ? `within ${rigLookMs / 1_000} s` : redactStart((error as GitError).output, 500);
    return { ...found, detail: `${found.detail}; whether it takes branches could not be found out: ${why}` };
  }
}

async function list(repository: Repository, url: string, signal: AbortSignal): Promise<Listed> {
  const said = await git(repository, ["ls-remote", "--symref", "--", url, "HEAD", "refs/heads/*"], { signal });
  const named = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(said)?.[1] ?? null;
  const found = said.matchAll(/^([0-9a-f]{40,64})\trefs\/heads\/(\S+)$/gm);
  return { branches: new Map([...found].map(([, commit = "", name = ""]) => [name, commit])), head: named };
}

/** @param given the branch that the operator has named */
function judge({ branches, head }: Listed, rig: string, given: string | undefined): RigLook {
  const names = [...branches.keys()];
  const shown = `${names.slice(0, 5).join(", ").slice(0, 300)}${names.length > 5 ? ", …" : ""}`;
  const named = JSON.stringify((given === undefined ? undefined : defaultOf(names, head)) ?? "…");
  const hint = `Name the branch to land on: PATCH …/rigs/${rig} {"defaultBranch": ${named}}.`;
  if (given !== undefined && !branches.has(given))
    return ill(given, `The repository has no branch ${given}. It has ${shown}.`, hint);
  const branch = given ?? defaultOf(names, head);
  if (branch === undefined) return ill(null, `The remote names no default branch that it has. It has ${shown}.`, hint);
  if (branchName.safeParse(branch).success)
    return { ok: true, branch, detail: `${branch} is at ${branches.get(branch)}`, hint: null };
  return ill(null, `The remote's default branch has a name that can't be used here: ${branch.slice(0, 200)}`, hint);
}

/** The one that the remote names; where that isn't there, the only one, or one with a usual name. */
function defaultOf(names: readonly string[], head: string | null): string | undefined {
  if (head !== null && names.includes(head)) return head;
  return names.length === 1 ? names[0] : ["main", "master"].find((usual) => names.includes(usual));
}

/** What an empty repository will call its default branch: only a clone is told that. */
async function unbornHead(repository: Repository, url: string, signal: AbortSignal): Promise<string> {
  const clone = { gitDir: `${repository.gitDir}-clone` };
  const args = ["-c", "init.defaultBranch=main", "clone", "--quiet", "--bare", "--template=", "--", url, clone.gitDir];
  await git(repository, args, { signal });
  return (await git(clone, ["symbolic-ref", "--short", "HEAD"], { signal })).trim();
}

type Beginning = { town: string; id: string; repoUrl: string; branch: string };

/** A first commit without files. Never by force: who has pushed meanwhile was first. */
async function beginAt(
  repository: Repository,
  { town, id, repoUrl, branch }: Beginning,
  signal: AbortSignal,
): Promise<RigLook> {
  const tree = (await git(repository, ["mktree"], { stdin: "", signal })).trim();
  const env = gitIdentity("townkeeper", town);
  const commit = (await git(repository, ["commit-tree", "-m", "Begin", tree], { env, signal })).trim();
  const rig = { id, repoUrl, defaultBranch: branch };
  const refusal = await push(repository, rig, { commit, branch, force: false }, signal);
  if (!refusal)
    return {
      ...{ ok: true, branch, hint: null, pushed: true },
      detail: `the repository was empty; ${branch} begins at ${commit}`,
    };
  const detail = `The remote did not take the first commit (${refusal.code}): ${refusal.words}`;
  const code = refusal.kind === "network" ? "push_failed" : refusal.code;
  return ill(branch, detail, mending(refusal.code, rig, branch), code);
}
