import { delimiter, dirname } from "node:path";
import { runToEnd } from "./git-process.ts";
import { gitTimeoutMs } from "./limits.ts";
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
 * Runs git, never through a shell; when it returns, nothing of it runs any more. Whatever comes from input must stand behind `--` or `--end-of-options`, or inside an
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
  const env = { ...gitEnv(), GIT_CEILING_DIRECTORIES: dirname(gitDir), ...options.env };
  // What talks to a remote may take long, and nothing may reach it after we are gone.
  const guarded = verb === "push" || verb === "fetch" || verb === "lfs";
  const started = { cwd: gitDir, env, signal, guarded, stdin, encoding, timeoutMs: options.timeoutMs ?? gitTimeoutMs };
  const ended = await runToEnd("git", [...named, ...settings, ...args], started).catch((error: Error) => {
    signal?.throwIfAborted();
    throw new GitError(verb, null, redact(error.message));
  });
  if (ended.exitCode === 0 && !ended.endedFor) return ended.stdout;
  const said = redactEnd(`${ended.stderr}\n${ended.stdout}`, maxSaidChars).trim();
  if (ended.endedFor === "timeout") throw new GitError(verb, null, `gave up waiting. ${said}`);
  throw new GitError(verb, ended.exitCode, said);
}

/** What of its output an error of git's keeps: nobody reads more. */
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

/** The host's environment for git and agents: without our own secrets, and without what npm or a git hook left in it. */
export function inheritedEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || /^(TOWNKEEPER_|npm_|INIT_CWD$|OLDPWD$)/.test(name) || gitPlaces.has(name)) continue;
    env[name] = value;
  }
  env.PATH ??= ["/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
  return env;
}

/** Variables that would point git at another repository than the one meant, or change how it reads that one. */
const gitPlaces = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_CEILING_DIRECTORIES",
  "GIT_CONFIG_PARAMETERS",
  "GIT_CONFIG_COUNT",
  "GIT_QUARANTINE_PATH",
  "GIT_GRAFT_FILE",
  "GIT_SHALLOW_FILE",
  "GIT_REPLACE_REF_BASE",
  "GIT_EXTERNAL_DIFF",
  "GIT_DEFAULT_HASH",
  "GIT_LITERAL_PATHSPECS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
]);

function gitEnv(): Record<string, string> {
  const env = inheritedEnv();
  return {
    ...env,
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
    SSH_ASKPASS_REQUIRE: "never",
    GIT_SSH_COMMAND: env.GIT_SSH_COMMAND ?? "ssh -oBatchMode=yes",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    GIT_EDITOR: "true",
    GIT_SEQUENCE_EDITOR: "true",
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
