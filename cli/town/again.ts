/** How commands of ours are shown, and the town's words in terms of them. Pure. */

import { quoted } from "../../src/lib/shell-words.ts";
import { inTerminalWords } from "../../src/lib/terminal.ts";
import { called } from "./name.ts";

/** Another command about the same town, to be copied as it is. */
export type Again = (words: string) => string;

/** What says which town is meant, and where. */
export const WHERE = ["context", "town", "url", "token-file", "state"] as const;

/** What was typed of that is said again; `town town create` is `town create`. */
export function againWith(typed: { [flag in (typeof WHERE)[number]]?: string | undefined }): Again {
  const flags = WHERE.flatMap((name) => (typed[name] === undefined ? [] : [`--${name} ${quoted(typed[name])}`]));
  return (words) => [called, called === "town" ? words.replace(/^town /, "") : words, ...flags].join(" ");
}

/** The town speaks of requests; a person at a terminal types commands. */
export const withCommands = (text: string, again: Again): string =>
  inTerminalWords(text, (words) => `\`${again(words)}\``);

/** The same of a sentence, which may speak of fields too. */
export const spoken = (text: string, again: Again): string =>
  withCommands(text, again)
    .replace(/\{(\w+)\} in the path/g, "the $1")
    .replace(FIELDS, (name) => FLAGS[name.replaceAll('"', "")] ?? name);

/** Fields of requests, and what says the same on a command line. */
const FLAGS: Record<string, string> = {
  repoUrl: "the repository",
  defaultBranch: "--branch",
  maxRunMs: "--max-run",
  maxGateMs: "--max-gate",
  landingsAtOnce: "--landings-at-once",
  maxCostUsd: "--max-cost",
  maxTokens: "--max-tokens",
  dependsOn: "--depends-on",
  command: "a command behind --",
  preset: "--preset",
  driver: "--driver",
};
/** Words of their own, too: fields where they stand in signs alone. */
const COMMON = new Set(["command", "preset", "driver"]);
const FIELDS = new RegExp(
  Object.keys(FLAGS)
    .map((name) => (COMMON.has(name) ? `"${name}"` : `\\b${name}\\b`))
    .join("|"),
  "g",
);
