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
  /** The run fails so. Left out: it finishes. */
  fails?: Failure;
  /** The paths that its branch changes against the default branch. Left out: `$TOWN_BEAD.txt` alone. */
  leaves?: readonly string[];
  /** Paths and their content on the branch, where that matters. `\n` at the end is left out. */
  holds?: Readonly<Record<string, string>>;
  /** The landing is refused so. Left out: what has finished lands. */
  refused?: Failure;
  /** The agent says `ready` and waits: it is sent a message, then it goes on. */
  message?: true;
  /** After it, the bead is tried again by an honest agent, whose work must land. */
  again?: true;
  maxRunMs?: number;
  /** Remote branches that it pushed itself and that nobody else has any business with. */
  pushes?: readonly string[];
  /** It changes the default branch of the remote with the agent's own credentials. */
  pushesMain?: true;
  /** It needs a second user or a kernel boundary to be stopped: what it may damage, and nothing else. */
  damages?: readonly Damage[];
};

/** What an agent of the same user can reach. */
export type Damage = "neighbours" | "other rig" | "host state";

/** A case of which only what it does matters. */
export function harmless(id: string, does: string, script: string, more: Partial<Case> = {}): Case {
  return { id, does, script, ...more };
}

/** The name of a program that would be proof of having run: the folder it writes to is looked at after each batch. */
export const proof = `touch "$OUTSIDE/ran-$TOWN_BEAD"`;
