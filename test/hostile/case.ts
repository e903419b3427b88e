/** What a hostile case says of itself. The cases are data: what the agent runs, and what comes of it. */

/** How a run ended that could not be taken as work. */
export type Failure = {
  code: string;
  /** What the person who reads the failure is told. */
  says: RegExp;
};

export type Case = {
  /** Names the case, its bead and its branch. */
  id: string;
  /** What the agent does, as the end of the sentence "An agent …". */
  does: string;
  /** Run by `sh` in the agent's clone, after a prelude that leaves `$TOWN_BEAD.txt` there. */
  script: string;
  /** The bead's, where it matters: the commit that the host makes begins with it. */
  title?: string;
  /** The run fails so. Left out: it finishes. */
  fails?: Failure;
  /** What the report of a run that finishes says besides, of how its work was found. */
  told?: RegExp;
  /** The paths that its branch changes against where it began. Left out: `$TOWN_BEAD.txt` alone. */
  leaves?: readonly string[];
  /** Paths and their content on the branch, where that matters. `\n` at the end is left out. */
  holds?: Readonly<Record<string, string>>;
  /** What it leaves is pushed, and that is looked at; landing it would show nothing that others' landings don't. */
  pushedOnly?: true;
  /** Its work came to the default branch past the gate, and its landing says so. No other's does. */
  pastGate?: true;
  /** The agent says `ready` and waits: it is sent a message, then it goes on. */
  message?: true;
  /** After it, the bead is tried again by an honest agent, whose work must land. */
  again?: true;
  maxRunMs?: number;
  /** Remote branches that it pushed itself and that nobody else has any business with. */
  pushes?: readonly string[];
  /** What only another user or a kernel boundary would keep from it, and nothing else. Such cases come last, by themselves. */
  damages?: readonly Damage[];
};

/** What an agent of the same user can reach. */
type Damage = "neighbours";

/** In place of paths: whatever it leaves. */
export const anything: readonly string[] = ["…"];

/** Is in the environment of every agent, which may print it, and must not turn up in any report. */
export const SECRET = "sk-hostile-4f1c9a7d2e8b6035";

/** A case of which only what it does matters. */
export function harmless(id: string, does: string, script: string, more: Partial<Case> = {}): Case {
  return { id, does, script, ...more };
}

/** The name of a program that would be proof of having run: the folder it writes to is looked at after each batch. */
export const proof = `touch "$OUTSIDE/ran-$TOWN_BEAD"`;
