/** Commands, as people write them in a shell and as the town keeps them. */

import { commandLine, faultOfCommand, wordsOf as words } from "../../src/lib/shell-words.ts";
import { statusWords } from "../../src/lib/status-words.ts";
import { Fault } from "../fault.ts";

/** The words of a command that was typed as one text. @throws Fault */
export function wordsOf(text: string): string[] {
  const fault = faultOfCommand(text);
  if (fault !== null) throw new Fault(`${text} is no command: ${fault}`);
  return words(text);
}

/** The same the other way round: one text that a shell would take for these words. */
export const commandText = (words: unknown): unknown => (Array.isArray(words) ? commandLine(words.map(String)) : words);

/** A bead's status, as people read it. */
export const statusText = (status: unknown): string => statusWords(String(status));

/** Fields whose names are only a program's. */
const NAMES: Record<string, string> = {
  repoUrl: "repository",
  defaultBranch: "branch",
  defaultBranchFrom: "branchFrom",
  failed: "parked",
};

/** What the Worker told, with the names and the states that people read. Of an attempt, which may truly fail, nothing is changed. */
export function inPeoplesWords(told: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(told).map(([name, each]) => [
      NAMES[name] ?? name,
      name === "status" ? statusText(each) : within(each),
    ]),
  );
}

function within(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(within);
  return typeof value === "object" && value !== null ? inPeoplesWords(value as Record<string, unknown>) : value;
}
