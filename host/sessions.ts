/**
 * Which session an agent had on a bead, so that its next try may go on with it. Kept on disk, the newest few of a town.
 * Nothing depends on them: one that is lost, or that its tool no longer knows, means that the next try begins anew.
 */
import { lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { StartRequest } from "../src/protocol/runs.ts";
import { endedKept } from "./limits.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

type Work = Pick<StartRequest, "town" | "bead" | "agent" | "program">;
type Place = { stateDirectory: string };

/** It becomes an argument of the tool's, so it must not look like an option. */
const kept = z.object({
  agent: z.string(),
  tool: z.string(),
  session: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,199}$/),
});

const pathOf = ({ stateDirectory }: Place, { town, bead }: Work): string =>
  join(stateDirectory, "sessions", town, `${bead}.json`);

const toolOf = ({ program }: Work): string => `${program?.preset} over ${program?.driver}`;

/** The session to go on with, or null. */
export function sessionOf(place: Place, work: Work): string | null {
  if (!work.program?.resume) return null;
  try {
    const { agent, tool, session } = kept.parse(JSON.parse(readText(pathOf(place, work)) ?? "null"));
    return agent === work.agent && tool === toolOf(work) ? session : null;
  } catch {
    return null;
  }
}

/** As soon as it is known: an agent that dies in the middle is the one that needs it. */
export function keepSession(place: Place, work: Work, session: string): void {
  const value = kept.safeParse({ agent: work.agent, tool: toolOf(work), session });
  if (!work.program?.resume || !value.success) return;
  const path = pathOf(place, work);
  try {
    writeDurably(path, JSON.stringify(value.data));
    forgetOldest(dirname(path));
  } catch {
    // not worth a run
  }
}

function forgetOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= endedKept) return;
  const byAge = names.map((name) => ({ path: join(folder, name), atMs: lstatSync(join(folder, name)).mtimeMs }));
  byAge.sort((a, b) => a.atMs - b.atMs);
  for (const { path } of byAge.slice(0, names.length - endedKept)) remove(path);
}

/** What a session that goes on must know: it remembers files that are not there. */
export const goesOn = (worktree: string, prompt: string): string =>
  `You go on where you were, in a new working copy: ${worktree}, at the newest state of the branch you start from. What you changed before is in it only as far as it was kept; that is said below. What follows is the task as it stands now.\n\n${prompt}`;
