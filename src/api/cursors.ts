/** A cursor is of one list: it says where a page of it ended, and goes on with nothing else. */
import { refusal } from "../lib/guard.ts";
import { hashOf } from "../lib/version.ts";

/** What is asked of a list: where it is, and by which words. */
export interface AskedList {
  /** Whole, with the town and all names. */
  path: string;
  /** As they were sent. */
  words: Readonly<Record<string, unknown>>;
}

/** How many are asked for at once makes no other list. */
function markOf({ path, words: { limit: _, cursor: __, ...filters } }: AskedList): string {
  return hashOf(JSON.stringify([path, Object.entries(filters).sort()]));
}

/** @param list its cursor can be read @throws Refusal 422 */
export function refuseCursorOfOther(list: AskedList): void {
  const { cursor } = list.words;
  if (typeof cursor !== "string" || cursor.endsWith(`.${markOf(list)}`)) return;
  throw refusal(
    422,
    "other_list",
    "This cursor is of another list, or of the same one asked for otherwise.",
    "Send it to the path that it came from, with the same words behind the `?` (but for `limit`), or begin without one.",
  );
}

/** An answer as it goes out: where the next page begins is said with the list that it is of. */
export function withMark<T>(answer: T, list: AskedList): T {
  const { nextCursor } = answer as { nextCursor?: unknown };
  return typeof nextCursor === "string" ? { ...answer, nextCursor: `${nextCursor}.${markOf(list)}` } : answer;
}
