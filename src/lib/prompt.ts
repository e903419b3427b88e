/**
 * What an agent is told. Plain text, the same for every agent program, and the same for each try that would do the same
 * work: a host lets a live run go on under a newer fence only when its prompt is equal, so no fence may stand in it.
 */
export interface PromptParts {
  beadId: string;
  title: string;
  body: string;
  acceptance: string;
  /** Newest last. */
  notes: readonly { kind: string; text: string }[];
}

export function promptFor({ beadId, title, body, acceptance, notes }: PromptParts): string {
  const parts = [title, ""];
  if (body) parts.push(body, "");
  if (acceptance) parts.push("It is done when:", "", acceptance, "");
  if (notes.length > 0) {
    parts.push("Earlier tries at this did not make it. What is known about them:", "");
    for (const note of notes) parts.push(`[${note.kind}] ${note.text}`, "");
  }
  parts.push(
    `You are working on bead ${beadId} in a git worktree of your own, on a new branch that starts at the newest main branch, with what earlier tries left where that is said below.`,
    "Do what is asked above, run the project's tests, and commit your work on this branch.",
    "Do not push, and do not switch branches: pushing and landing are done for you when you exit with code 0.",
    "If there is nothing to do, since it is done already say, change nothing, print one line that begins with NOTHING-TO-DO, a colon and the reason, and exit with code 0.",
    "If it can't be done, say why and exit with another code.",
  );
  return `${parts.join("\n")}\n`;
}
