import type { Case } from "../case.ts";
import { beside, remote } from "./beside.ts";
import { config } from "./config.ts";
import { files } from "./files.ts";
import { gitFolder } from "./git-folder.ts";
import { hooksAndHints } from "./hooks-and-hints.ts";
import { objects } from "./objects.ts";
import { processes } from "./processes.ts";
import { refs } from "./refs.ts";

/**
 * Of cases whose work the host commits itself, alike each time, some are landed: what they did to the rig would show in any
 * landing after them.
 */
const someLand = (cases: readonly Case[]): Case[] =>
  cases.map((each, index) => (index % 5 === 0 || each.again ? each : { ...each, pushedOnly: true }));

/** Subject → cases. */
export const subjects: Record<string, readonly Case[]> = {
  "In place of .git": someLand(gitFolder),
  Configuration: someLand(config),
  "Hooks, and what git is told to see": someLand(hooksAndHints),
  "Branches, tags, HEAD": refs,
  Objects: objects,
  "Files in the working copy": files,
  "Processes and output": processes,
  "Beside the clone": beside,
  "The remote": remote,
};
