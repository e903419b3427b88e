/** What the remote has already of the work that is to be landed, and of what it was built on. */
import type { MergeRequest } from "../src/protocol/merges.ts";
import type { Context } from "./context.ts";
import type { Heads } from "./git-folders.ts";
import { type Outcome, rejected } from "./outcomes.ts";

/** What the work was built on, if the default branch was rewritten and has it no more. */
export async function removedBase(
  { rigs }: Context,
  { town, rig, base }: MergeRequest,
  tip: string,
): Promise<string | null> {
  if (base === undefined || !(await rigs.has(town, rig, base))) return null;
  return (await rigs.contains(town, rig, tip, base)) ? null : base;
}

/**
 * The commit by which this very work is on the default branch already: pushed by this landing before a crash or an
 * answer lost, or by an earlier landing whose report never arrived.
 */
export async function landedBefore(
  { rigs, mergeBook }: Context,
  { town, bead, rig, head }: MergeRequest,
  tip: string,
): Promise<string | null> {
  const pushed = mergeBook
    .all()
    .filter((record) => record.town === town && record.bead === bead && record.request.head === head)
    .filter((record) => record.request.rig.id === rig.id)
    .flatMap((record) => record.resultHead ?? []);
  for (const resultHead of pushed) {
    if (await rigs.contains(town, rig, tip, resultHead)) return resultHead;
  }
  return null;
}

/** The work is not where it was pushed, be it that the rig lies elsewhere by now: no later try would find it either. */
export function branchMoved({ branch, head }: MergeRequest, heads: Heads): Outcome | null {
  const found = heads.get(branch);
  if (found === head) return null;
  const message = `${branch} was to be landed at ${head}, but on the remote it is ${found ? `at ${found}` : "gone"}: the work is to be done again.`;
  return rejected("conflict", message, "");
}
