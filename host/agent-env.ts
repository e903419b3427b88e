import { dirname } from "node:path";
import type { PresetName } from "../src/agents/index.ts";
import type { Account } from "./accounts.ts";
import { gitIdentity } from "./git.ts";
import { passedEnv, unattended } from "./inherited.ts";

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
  /** Where it may say what came of its work. */
  result?: string;
};

type Given = {
  /** What the town gives it. */
  env?: Record<string, string>;
  preset?: PresetName | undefined;
  /** What the host was told to pass on besides. */
  passEnv: readonly string[];
  account: Account | null;
};

/**
 * The environment of an agent or gate: what of the host's it gets, then who it is, then who it commits as and that no person is
 * there to be asked, then what the town gives, then where it is.
 */
export function programEnv(place: Place, { env: given, preset, passEnv, account }: Given): Record<string, string> {
  const env: Record<string, string> = {
    ...(account ? withoutPlacesIn(process.env.HOME, passedEnv(preset, passEnv)) : passedEnv(preset, passEnv)),
    ...account?.env,
    ...gitIdentity(place.agent ?? "townkeeper", place.town),
    ...unattended,
    EDITOR: "true",
    VISUAL: "true",
    PAGER: "cat",
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
  if (place.result !== undefined) env.TOWN_RESULT_FILE = place.result;
  return env;
}

/** Another user has places of its own: where the host's tools keep things in its home is not for it. */
function withoutPlacesIn(home: string | undefined, env: Record<string, string>): Record<string, string> {
  const isPlace = ([name, value]: [string, string]) =>
    home !== undefined && value.startsWith(`${home}/`) && /^XDG_|_(HOME|ROOT|DIR)$|^(GOPATH|GOBIN)$/.test(name);
  return Object.fromEntries(Object.entries(env).filter((entry) => !isPlace(entry)));
}

/** What tells this run's processes from all others; the worktree's path is theirs alone. */
export function programMarks(place: { bead: string; fence: number; worktree: string }): string[] {
  return [`TOWN_BEAD=${place.bead}`, `TOWN_FENCE=${place.fence}`, `TOWN_WORKTREE=${place.worktree}`];
}

/**
 * A global git configuration that has all of the user's own but what asks a person or shuts out repositories, and that a
 * program may change as it likes.
 */
export function gitConfigText(): string {
  const { GIT_CONFIG_GLOBAL: own, XDG_CONFIG_HOME: xdg = "~/.config", HOME: home } = process.env;
  const users = home === undefined ? [] : [`${xdg}/git/config`, "~/.gitconfig"];
  const files = own === undefined ? users : [own];
  const include = files.map((file) => `\tpath = "${file.replace(/["\\]/g, "\\$&")}"\n`).join("");
  return `[include]\n${include}${OVERRIDES}`;
}

/** Stands behind the user's own: the last word counts. */
const OVERRIDES = `[commit]
	gpgSign = false
[tag]
	gpgSign = false
	forceSignAnnotated = false
[push]
	gpgSign = false
[safe]
	bareRepository = all
`;
