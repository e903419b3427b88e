/** Whether a further try at a bead goes on with what the last one left, or begins at the main branch. */

/** Work of an attempt: its commit, what that is built on, and where it was pushed. */
export interface EarlierWork {
  branch: string;
  head: string;
  base?: string | undefined;
}

interface Past {
  /** The newest work of the bead, wherever it came to. */
  work: { branch: string | null; head: string | null; base: string | null };
  /** What became of earlier tries, newest last. */
  lessons: readonly { kind: string }[];
  /** The operator who set up the bead, its rig or its agent wants each try to begin anew. */
  anew: boolean;
}

/** After this many consecutive failing gates the work itself is not to be trusted. */
const GATES = 2;

/** @returns null: it begins anew; undefined: nothing is known of earlier work */
export function goesOnWith({ work: { branch, head, base }, lessons, anew }: Past): EarlierWork | null | undefined {
  const last = lessons.at(-1)?.kind;
  // Begun anew it would only meet the same conflict: what was done is to be brought together with what has landed.
  const isConflict = last === "conflict";
  if (anew && !isConflict) return null;
  const gates = lessons.length - 1 - lessons.findLastIndex(({ kind }) => kind !== "gate_failed");
  // Every second time, since what was begun anew has failed only once by then.
  if (gates > 0 && gates % GATES === 0) return null;
  // What a remote will not have stays in the history of all that is built on it.
  if (last === "declined" || last === "past_gate") return null;
  if (branch === null || head === null) return undefined;
  return { branch, head, ...(base !== null && { base }) };
}
