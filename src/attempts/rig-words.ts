/** What is said of a rig's trouble, and what mends it: hosts that know it say it in the last line. */
import type { Failure } from "../db/schema.ts";
import { isRemotes } from "./policy.ts";

export function wordsOf(failure: Failure): { words: string; remedy: string | null } {
  const { message } = failure;
  // What git says of a remote has several lines, and none of them is a host's.
  const at = isRemotes(failure) ? -1 : message.lastIndexOf("\n");
  return at === -1
    ? { words: message, remedy: null }
    : { words: message.slice(0, at), remedy: message.slice(at).trim() };
}
