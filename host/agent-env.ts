import { dirname } from "node:path";
import type { Account } from "./accounts.ts";
import { gitIdentity, inheritedEnv } from "./git.ts";

type Place = {
  town: string;
  rig: string;
  bead: string;
  fence: number;
  branch: string;
  worktree: string;
  /** Null for a landing's gate. */
  agent: string | null;
  promptFile: string | null;
  /** The file that `git config --global` changes, so that it is not the user's own. */
  gitConfig: string;
  /** Where words to the agent are put while it runs. */
  inbox?: string;
};

/**
 * The environment of an agent or gate: the host's, then who it is, then who it commits as, then what the town gives, then
 * where it is.
 */
export function programEnv(
  place: Place,
  given: Record<string, string> = {},
  account: Account | null = null,
): Record<string, string> {
  const env: Record<string, string> = {
    ...inheritedEnv(),
    ...account?.env,
    ...gitIdentity(place.agent ?? "townkeeper", place.town),
    GIT_CONFIG_GLOBAL: place.gitConfig,
    ...given,
    // Without its own repository, git must not take one that lies further up for it.
    GIT_CEILING_DIRECTORIES: dirname(place.worktree),
    TOWN_NAME: place.town,
    TOWN_RIG: place.rig,
    TOWN_BEAD: place.bead,
    TOWN_FENCE: String(place.fence),
    TOWN_BRANCH: place.branch,
    TOWN_WORKTREE: place.worktree,
  };
  if (place.agent !== null) env.TOWN_AGENT = place.agent;
  if (place.promptFile !== null) env.TOWN_PROMPT_FILE = place.promptFile;
  if (place.inbox !== undefined) env.TOWNKEEPER_INBOX = place.inbox;
  return env;
}

/** What tells this run's processes from all others; the worktree's path is theirs alone. */
export function programMarks(place: { bead: string; fence: number; worktree: string }): string[] {
  return [`TOWN_BEAD=${place.bead}`, `TOWN_FENCE=${place.fence}`, `TOWN_WORKTREE=${place.worktree}`];
}

/** A global git configuration that has all of the user's own, and that a program may change as it likes. */
export function gitConfigText(): string {
  const { GIT_CONFIG_GLOBAL: own, XDG_CONFIG_HOME: xdg = "~/.config", HOME: home } = process.env;
  const users = home === undefined ? [] : [`${xdg}/git/config`, "~/.gitconfig"];
  const files = own === undefined ? users : [own];
  const include = files.map((file) => `\tpath = "${file.replace(/["\\]/g, "\\$&")}"\n`).join("");
  return `[include]\n${include}`;
}
