import { z } from "zod";
import { resultFileBytes } from "./limits.ts";
import { NothingToDo, StepFailure } from "./outcomes.ts";
import { readRegular } from "./untrusted-files.ts";

/** What an agent may write into the file that `TOWN_RESULT_FILE` names. */
const result = z.object({ outcome: z.literal("nothing_to_do"), reason: z.string().trim().min(1) });

/** What any agent can be told to print; some set it off as they do headings, quotes or code. */
const LINE = /^[\s>*_`#-]{0,10}NOTHING[- ]TO[- ]DO:[*_`]{0,3}(.*)$/;

/** Where the line is looked for: among the last, for an agent may print anything before. */
const lastLinesRead = 20;

/**
 * What a run came to whose work could not be taken. An agent's word that there is nothing to do counts only where that is so.
 *
 * @param tail the end of its output, fit to be shown
 * @returns the error, or `NothingToDo` with the agent's reason
 */
export async function orNothingToDo(error: unknown, file: string, tail: string): Promise<unknown> {
  if (!(error instanceof StepFailure) || error.code !== "no_commit") return error;
  const reason = (await reasonIn(file)) ?? reasonPrinted(tail);
  return reason === null ? error : new NothingToDo(reason);
}

async function reasonIn(file: string): Promise<string | null> {
  try {
    return result.parse(JSON.parse((await readRegular(file, resultFileBytes)) ?? "null")).reason;
  } catch {
    return null;
  }
}

function reasonPrinted(tail: string): string | null {
  const lines = tail.trimEnd().split("\n").slice(-lastLinesRead);
  for (const line of lines.reverse()) {
    const reason = LINE.exec(line.slice(0, 4_000))?.[1]?.trim();
    if (reason) return reason;
  }
  return null;
}
