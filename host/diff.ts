/** What an attempt has changed, from this host's own copy of its rig. Nothing of it is kept, and no program runs but git. */

import { clip } from "../src/lib/text.ts";
import {
  type Changes,
  DIFF_BUDGET_BYTES,
  type DiffCommit,
  type DiffRequest,
  GONE_COMMITS,
  NO_SUCH_FILE,
  TOOK_TOO_LONG,
} from "../src/protocol/diff.ts";
import { baseOf } from "./diff-base.ts";
import { commitsOf } from "./diff-commits.ts";
import { filesOf, shownPath } from "./diff-files.ts";
import { type Changed, changedFiles } from "./diff-list.ts";
import { GitError, git, type Repository } from "./git.ts";
import { diffFilesMs, diffMs } from "./limits.ts";
import { Mutexes } from "./mutex.ts";
import { StepFailure } from "./outcomes.ts";
import { redactStart } from "./redact.ts";
import type { Rigs } from "./rigs.ts";

/** Why there is nothing to show. */
export interface NoDiff {
  code: string;
  message: string;
}

const MESSAGE_CHARS = 1_000;

/** Of each rig one at a time: many that are asked for at once take no more of the machine than one. */
const inTurn = new Mutexes();

/** @returns what is to be seen, within bounds, or why there is nothing */
export async function diffOf({ rigs }: { rigs: Rigs }, request: DiffRequest): Promise<Changes | NoDiff> {
  const signal = AbortSignal.timeout(diffMs);
  const inTime = AbortSignal.timeout(diffFilesMs);
  const { town, rig } = request;
  try {
    const turn = inTurn.of(rigs.mirror(town, rig).gitDir);
    return await turn.run(() => diffIn(rigs, request, { signal, inTime }), signal);
  } catch (error) {
    if (signal.aborted)
      return { code: TOOK_TOO_LONG, message: `Git did not get there within ${diffMs / 1_000} s on this host.` };
    if (error instanceof StepFailure) return { code: error.code, message: redactStart(error.message, MESSAGE_CHARS) };
    if (error instanceof GitError) return { code: "git_failed", message: redactStart(error.message, MESSAGE_CHARS) };
    throw error;
  }
}

type Signals = { signal: AbortSignal; inTime: AbortSignal };

async function diffIn(rigs: Rigs, request: DiffRequest, { signal, inTime }: Signals): Promise<Changes | NoDiff> {
  const { town, rig, head, path } = request;
  const repository = await rigs.bring(town, rig, head, signal);
  if (!repository) return gone(head);
  const { base, baseFrom } = await baseOf(rigs, repository, request, signal);
  const { commits, moreCommits } = await commitsOf(repository, { base, head }, signal);
  const between = { base: base ?? (await emptyTree(repository, signal)), head };
  const all = await changedFiles(repository, between, signal);
  const changed = path === undefined ? all : all.filter((file) => shownPath(file.path) === path).slice(0, 1);
  if (path !== undefined && changed.length === 0)
    return { code: NO_SUCH_FILE, message: `These commits change no file ${clip(path, 200)}.` };
  const room = DIFF_BUDGET_BYTES - sizeOf(commits);
  const files = await filesOf(repository, between, changed as Changed[], { room, alone: path !== undefined, inTime });
  return { base, baseFrom, head, commits, moreCommits, ...files, truncated: files.truncated || moreCommits > 0 };
}

const gone = (head: string): NoDiff => ({
  code: GONE_COMMITS,
  message: `Commit ${head.slice(0, 12)} is no longer kept on this host, and the remote does not give it out.`,
});

const sizeOf = (commits: readonly DiffCommit[]): number => Buffer.byteLength(JSON.stringify(commits));

/** What everything is new against. */
const emptyTree = async (repository: Repository, signal: AbortSignal): Promise<string> =>
  (await git(repository, ["hash-object", "-t", "tree", "--stdin"], { stdin: "", signal })).trim();
