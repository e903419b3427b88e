import { dirname } from "node:path";
import { runToEnd } from "./git-process.ts";
import { hostGitEnv } from "./inherited.ts";
import { gitTimeoutMs, maxOutputChars } from "./limits.ts";
import { redact, redactEnd } from "./redact.ts";

/**
 * A git directory that the host made, and the folder whose files it tracks, where it has one. Git is told both in every
 * call, so it looks for neither: what lies in a folder never decides which repository or configuration is used.
 */
export type Repository = { readonly gitDir: string; readonly workTree?: string };

type GitOptions = {
  env?: Record<string, string>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** What git reads on standard input. */
  stdin?: string;
  /** `latin1` keeps every byte of names and contents; of input and output alike. */
  encoding?: "utf8" | "latin1";
};

/** Git said no. The message is git's own, without credentials. */
export class GitError extends Error {
  readonly output: string;
  readonly exitCode: number | null;

  constructor(verb: string, exitCode: number | null, output: string) {
    super(`git ${verb}: ${output || "failed without a word"}`);
    this.output = output;
    this.exitCode = exitCode;
  }
}

/**
 * Settings no repository or user may override: no hooks, no background work, no prompts, nothing that hangs for ever, and
 * no repository but the one that is named.
 */
const settings = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.useReplaceRefs", "false"],
  ["safe.bareRepository", "all"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["commit.gpgsign", "false"],
  ["push.gpgSign", "false"],
  ["push.followTags", "false"],
  ["push.recurseSubmodules", "no"],
  ["fetch.recurseSubmodules", "no"],
  ["submodule.recurse", "false"],
  ["rerere.enabled", "false"],
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "60"],
].flatMap(([name, value]) => ["-c", `${name}=${value}`]);

/**
 * Runs git, never through a shell; when it returns, nothing of it runs any more. What comes from input must stand behind `--` or `--end-of-options`, or inside an
 * argument that begins otherwise (`--message=…`, `refs/heads/…`).
 *
 * @returns what git printed on stdout
 * @throws GitError; the signal's reason when it aborted
 */
export async function git(repository: Repository, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const [verb = ""] = args;
  const { gitDir, workTree } = repository;
  const { signal, stdin, encoding } = options;
  const named = [`--git-dir=${gitDir}`, ...(workTree === undefined ? [] : [`--work-tree=${workTree}`])];
  // What talks to a remote may take long, and nothing may reach it after we are gone.
  const guarded = verb === "push" || verb === "fetch" || verb === "lfs";
  // All else is found by the next boot; what is guarded may have started something of the remote's that is to go on.
  const mark = guarded ? {} : { [GIT_MARK]: gitDir };
  const env = { ...mark, ...gitEnv(), GIT_CEILING_DIRECTORIES: dirname(gitDir), ...options.env };
  const started = { cwd: gitDir, env, signal, guarded, stdin, encoding, timeoutMs: options.timeoutMs ?? gitTimeoutMs };
  const ended = await runToEnd("git", [...named, ...settings, ...args], started).catch((error: Error) => {
    signal?.throwIfAborted();
    throw new GitError(verb, null, redact(error.message));
  });
  if (ended.exitCode === 0 && !ended.endedFor) return ended.stdout;
  if (ended.endedFor === "output")
    throw new GitError(verb, null, `it had more to say than the ${maxOutputChars / 2 ** 20} MiB that are read`);
  const said = redactEnd(withoutHints(`${ended.stderr}\n${ended.stdout}`), maxSaidChars).trim();
  if (ended.endedFor === "timeout") throw new GitError(verb, null, `gave up waiting. ${said}`);
  throw new GitError(verb, ended.exitCode, said);
}

const GIT_MARK = "TOWN_GIT_DIR";

/** What the environment has of each git that works in a git directory, and would go on there if this process were killed. */
export const gitMarks = (gitDir: string): string[] => [`${GIT_MARK}=${gitDir}`];

/** Git advises whoever typed the command: no reader of ours did, and an agent would take it for something to be done. */
const withoutHints = (said: string): string => said.replaceAll(/^hint:.*(?:\n|$)/gm, "");

/** What of its output an error of git's keeps: a reader needs no more. */
const maxSaidChars = 100_000;

/** Whether git exits 0: for questions such as `merge-base --is-ancestor`, which answer 1 for no. */
export async function gitSays(
  repository: Repository,
  args: readonly string[],
  options: GitOptions = {},
): Promise<boolean> {
  try {
    await git(repository, args, options);
    return true;
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return false;
    throw error;
  }
}

function gitEnv(): Record<string, string> {
  return {
    ...hostGitEnv(),
    LC_ALL: "C",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/**
 * Author and committer of what an agent, or the host for it, commits.
 *
 * @param given an environment that may say otherwise
 */
export function gitIdentity(name: string, town: string, given: Record<string, string> = {}): Record<string, string> {
  const email = `${name}@${town}.townkeeper.invalid`;
  const usual = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  const said = Object.entries(given).filter(([key]) => /^GIT_(AUTHOR|COMMITTER)_/.test(key));
  return { ...usual, ...Object.fromEntries(said) };
}
