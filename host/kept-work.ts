import { existsSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { StartRequest } from "../src/protocol/runs.ts";
import type { Context } from "./context.ts";
import type { Repository } from "./git.ts";
import { endedKept } from "./limits.ts";
import type { Finished } from "./push-work.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

type Work = Pick<StartRequest, "town" | "bead" | "fence" | "rig">;

const commit = z.string().regex(/^[0-9a-f]{40,64}$/);
const record = z.object({ fence: z.int(), head: commit, base: commit, place: z.string() });
export type Kept = z.infer<typeof record>;

/**
 * What an attempt had done that came to nothing: a commit in the rig's mirror, for the bead's next try to go on with. Of each
 * bead the newest, of the newest few beads of a town. Nothing depends on it: where it is lost the next try begins anew.
 */
export function keptWork(context: Pick<Context, "stateDirectory">, work: Work): Kept | null {
  try {
    const kept = record.parse(JSON.parse(readText(fileOf(context, work)) ?? "null"));
    return kept.place === placeOf(work) && kept.fence < work.fence ? kept : null;
  } catch {
    return null;
  }
}

/** @throws GitError, or what writing a file may throw */
export async function keepWork(
  context: Pick<Context, "stateDirectory" | "rigs">,
  work: Work,
  from: Repository,
  { head, base }: Finished,
  signal: AbortSignal,
): Promise<void> {
  await context.rigs.hold(work.town, work.rig, from, { commit: head, ref: keptRef(work) }, signal);
  const kept: Kept = { fence: work.fence, head, base, place: placeOf(work) };
  const path = fileOf(context, work);
  writeDurably(path, JSON.stringify(kept));
  forgetOldest(dirname(path));
}

/** It is no longer wanted. The commit may stay in the mirror, where nothing is ever pruned. */
export const dropKept = (context: Pick<Context, "stateDirectory">, work: Pick<Work, "town" | "bead">): void =>
  remove(fileOf(context, work));

export const keeps = (context: Pick<Context, "stateDirectory">, work: Pick<Work, "town" | "bead">): boolean =>
  existsSync(fileOf(context, work));

/** Where the mirror holds on to commits of a bead's earlier tries. */
export const keptRef = ({ bead }: Pick<Work, "bead">): string => `refs/kept/${bead}`;

const fileOf = ({ stateDirectory }: Pick<Context, "stateDirectory">, { town, bead }: Pick<Work, "town" | "bead">) =>
  join(stateDirectory, "kept", town, `${bead}.json`);

/** Work for one branch of one repository is none for another. */
const placeOf = ({ rig }: Work): string => JSON.stringify([rig.id, rig.repoUrl, rig.defaultBranch]);

function forgetOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= endedKept) return;
  const byAge = names.map((name) => ({ path: join(folder, name), atMs: lstatSync(join(folder, name)).mtimeMs }));
  byAge.sort((a, b) => a.atMs - b.atMs);
  for (const { path } of byAge.slice(0, names.length - endedKept)) remove(path);
}
