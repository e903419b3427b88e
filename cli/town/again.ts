/** How commands of ours are shown, and the town's words in terms of them. Pure. */
import { inTerminalWords } from "../../src/lib/terminal.ts";
import { quoted } from "../flags.ts";

/** Another command about the same town, to be copied as it is. */
export type Again = (words: string) => string;

/** What says which town is meant, and where. */
export const WHERE = ["town", "url", "token-file", "state"] as const;

/** What was typed of that is said again. */
export function againWith(typed: { [flag in (typeof WHERE)[number]]?: string | undefined }): Again {
  const flags = WHERE.flatMap((name) => (typed[name] === undefined ? [] : [`--${name} ${quoted(typed[name])}`]));
  return (words) => ["npm run town --", words, ...flags].join(" ");
}

/** The town speaks of requests; a person at a terminal types commands. */
export const spoken = (text: string, again: Again): string => inTerminalWords(text, (words) => `\`${again(words)}\``);
