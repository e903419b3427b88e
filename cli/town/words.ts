/** Commands, as people write them in a shell and as the town keeps them. Pure. */
import { quoted } from "../flags.ts";

/** What only a shell understands. */
const SHELL = /[|&;<>()$`\\"'*?~#\n]/;

/** The words of a command that was given as one text. What needs a shell for it gets one. */
export function wordsOf(text: string): string[] {
  return SHELL.test(text) ? ["sh", "-c", text] : text.trim().split(/\s+/);
}

/** The same the other way round: one text that a shell would take for these words. */
export const commandText = (words: unknown): unknown =>
  Array.isArray(words) ? words.map((word) => quoted(String(word))).join(" ") : words;

/** A bead's status, as people read it. */
export const statusText = (status: unknown): string =>
  status === "failed" ? "parked" : String(status).replaceAll("_", " ");
