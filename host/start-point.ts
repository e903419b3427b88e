import type { EarlierWork } from "../src/lib/going-on.ts";
import type { StartRequest } from "../src/protocol/runs.ts";
import type { Context } from "./context.ts";
import { GitError, git } from "./git.ts";
import type { Heads } from "./git-folders.ts";
import { dropKept, keptRef, keptWork } from "./kept-work.ts";
import { rebase } from "./landing-git.ts";
import { aboutOf } from "./log.ts";
import { StepFailure } from "./outcomes.ts";
import { redactStart } from "./redact.ts";
import { defaultHeadOf } from "./rigs.ts";
import { UNFINISHED } from "./save-work.ts";

/** Where a run begins. */
export type Start = {
  /** Where its branch begins. */
  commit: string;
  /** The commit whose files are checked out: those that an earlier try had not committed differ from `commit`, and are staged. */
  files: string;
  /** What comes after it is the attempt's work, an earlier try's included. */
  base: string;
  /** What its agent is told of what is there already; null: nothing is. */
  told: string | null;
};

/** A commit of an earlier try's, and what it is built on, if that is known. */
type Earlier = Pick<EarlierWork, "head" | "base">;

/**
 * Where a bead's next try begins: with what the last one left, brought to the newest default branch, or there with nothing.
 * Earlier work is taken by its commit, from the town's journal or the host's own record, never by a branch that anyone may
 * have moved. What can't be had, or made sense of, is left alone: then it begins anew.
 *
 * @throws StepFailure `no_branch` if there is no default branch
 */
export async function startPoint(
  context: Context,
  request: StartRequest,
  heads: Heads,
  signal: AbortSignal,
): Promise<Start> {
  const tip = defaultHeadOf(heads, request.rig);
  const anew: Start = { commit: tip, files: tip, base: tip, told: null };
  const earlier = newestOf(context, request);
  if (!earlier) return anew;
  try {
    return (await new GoingOn(context, request, heads, signal).from(earlier, tip)) ?? anew;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GitError || error instanceof StepFailure)) throw error;
    context.log(`begins anew. ${error.message}`, { level: "warn", ...aboutOf(request) });
    return anew;
  }
}

/** The later of what the town knows and what this host kept, if it is to go on at all. */
function newestOf(context: Context, request: StartRequest): Earlier | null {
  const { from } = request;
  if (from === null) {
    dropKept(context, request);
    return null;
  }
  const kept = keptWork(context, request);
  const knownFence = Number(from?.branch.split("/").at(-1) ?? 0) || 0;
  return kept && kept.fence > knownFence ? kept : (from ?? null);
}

class GoingOn {
  readonly #context: Context;
  readonly #request: StartRequest;
  readonly #heads: Heads;
  readonly #signal: AbortSignal;

  constructor(context: Context, request: StartRequest, heads: Heads, signal: AbortSignal) {
    this.#context = context;
    this.#request = request;
    this.#heads = heads;
    this.#signal = signal;
  }

  /** @returns null: it is not there, or has landed */
  async from({ head, base }: Earlier, tip: string): Promise<Start | null> {
    const { town, rig } = this.#request;
    const { rigs } = this.#context;
    if (!(await rigs.has(town, rig, head)) || (await rigs.contains(town, rig, tip, head))) return null;
    if (await rigs.contains(town, rig, head, tip)) return this.#upToDate(head, tip);
    const isBase = base !== undefined && (await rigs.contains(town, rig, head, base));
    return this.#rebased(head, isBase ? base : await this.#mergeBase(head, tip), tip);
  }

  async #mergeBase(head: string, tip: string): Promise<string> {
    return (await git(this.#mirror, ["merge-base", head, tip], { signal: this.#signal })).trim();
  }

  /** In a workshop of its own, as a landing does it; what comes of it goes to the mirror. */
  async #rebased(head: string, base: string, tip: string): Promise<Start | null> {
    const { rigs, workshops } = this.#context;
    const { town, bead, fence, rig } = this.#request;
    const signal = this.#signal;
    const place = { kind: "land", town, rig, bead, fence } as const;
    try {
      const { host } = await workshops.open(place, { commit: head, base: head }, this.#heads, signal);
      const isThere = await rigs.contains(town, rig, tip, base);
      const rebased = await rebase(host, { onto: tip, base: isThere ? null : base }, town, signal);
      if (typeof rebased !== "string")
        return this.#asItWas(head, base, rebased.kind === "rejected" ? rebased.message : "");
      if (rebased === tip) return null;
      await rigs.hold(town, rig, host, { commit: rebased, ref: keptRef(this.#request) }, signal);
      return this.#upToDate(rebased, tip);
    } finally {
      await workshops.close(place);
    }
  }

  async #upToDate(files: string, tip: string): Promise<Start> {
    const commit = await this.#committed(files);
    const told = `Your branch begins with what an earlier try left, on top of the newest main branch:\n\n${await this.#named(commit, files, tip)}`;
    return { commit, files, base: tip, told };
  }

  /** What the agent of that try had committed itself: what it had not committed is no commit of its own, and its words would land. */
  async #committed(files: string): Promise<string> {
    const asked = ["log", "--no-show-signature", "--max-count=1", "--format=%P%n%s", files];
    const [parents = "", subject = ""] = (await git(this.#mirror, asked, { signal: this.#signal })).split("\n");
    return subject.startsWith(UNFINISHED) && /^[0-9a-f]+$/.test(parents) ? parents : files;
  }

  async #asItWas(files: string, base: string, why: string): Promise<Start> {
    const commit = await this.#committed(files);
    const { defaultBranch } = this.#request.rig;
    const onto = this.#heads.has(defaultBranch) ? `origin/${defaultBranch}` : "the newest main branch";
    const mend = `The main branch has moved since, and the two do not go together. ${why}. Rebase it onto ${onto}, or merge that, and resolve the conflicts, before anything else.`;
    const told = `Your branch begins with what an earlier try left, as it was:\n\n${await this.#named(commit, files, base)}\n\n${mend}`;
    return { commit, files, base, told };
  }

  /** What an agent wrote is cut short, and of one line each. */
  async #named(commit: string, files: string, base: string): Promise<string> {
    const args = [
      "log",
      "--no-show-signature",
      `--max-count=${namedCommits + 1}`,
      "--format=%h %s",
      `${base}..${commit}`,
    ];
    const lines = (await git(this.#mirror, args, { signal: this.#signal })).trim().split("\n");
    const shown = lines.slice(0, namedCommits).map((line) => redactStart(line.replace(/\p{Cc}/gu, " "), 120));
    const more = lines.length > namedCommits ? ["…"] : [];
    const staged = files === commit ? [] : ["What it had not committed is staged (git status)."];
    return [...shown, ...more, ...staged].filter((line) => line !== "").join("\n");
  }

  get #mirror() {
    return this.#context.rigs.mirror(this.#request.town, this.#request.rig);
  }
}

/** How many commits are named to the agent, at most. */
const namedCommits = 20;

/** The prompt with what is there already. */
export const withStart = (prompt: string, { told }: Start): string =>
  told === null
    ? prompt
    : `${prompt}\n${told}\n\nLook at it first. Go on from there, and undo what is wrong: all that is on your branch at the end is your work, and lands.\n`;
