import type { Case } from "../case.ts";
import { beside, remote } from "./beside.ts";
import { config } from "./config.ts";
import { files } from "./files.ts";
import { gitFolder } from "./git-folder.ts";
import { hooksAndHints } from "./hooks-and-hints.ts";
import { objects } from "./objects.ts";
import { processes } from "./processes.ts";
import { refs } from "./refs.ts";

/** Subject → cases. */
export const subjects: Record<string, readonly Case[]> = {
  "In place of .git": gitFolder,
  Configuration: config,
  "Hooks, and what git is told to see": hooksAndHints,
  "Branches, tags, HEAD": refs,
  Objects: objects,
  "Files in the working copy": files,
  "Processes and output": processes,
  "Beside the clone": beside,
  "The remote": remote,
};
