import { basename, join } from "node:path";
import type { PresetName } from "../src/agents/index.ts";
import { readText } from "./state-files.ts";

/** What a command of the tool's own says. */
type Answer = { exitCode: number | null; stdout: string; stderr: string };

type Status = {
  /** The program that knows it; another one, such as an adapter for ACP, is not asked. */
  file: string;
  args: readonly string[];
  /** From which version on: what an older one would make of it is not known. */
  since: readonly [number, number, number];
  /** Why it need not be asked, or null: it would not know. */
  known?: (env: Record<string, string>) => string | null;
  /** Null: it can't be told. */
  isIn: (answer: Answer) => boolean | null;
};

/** The tools that say whether they are logged in without a token spent. The others have no way to. */
const statuses: Partial<Record<PresetName, Status>> = {
  claude: {
    file: "claude",
    args: ["auth", "status"],
    since: [2, 1, 100],
    isIn: ({ stdout }) =>
      /"loggedIn":\s*true/.test(stdout) ? true : /"loggedIn":\s*false/.test(stdout) ? false : null,
  },
  codex: {
    file: "codex",
    args: ["login", "status"],
    since: [0, 100, 0],
    known: providerOfCodex,
    isIn: ({ exitCode, stdout, stderr }) =>
      exitCode === 0 ? true : /not logged in/i.test(`${stdout} ${stderr}`) ? false : null,
  },
};

/** Codex's status is of its login alone: a key in the environment, or a provider of one's own, needs none. */
function providerOfCodex({ CODEX_API_KEY, CODEX_HOME, HOME = "" }: Record<string, string>): string | null {
  if (CODEX_API_KEY) return "a key is in its environment";
  try {
    const config = readText(join(CODEX_HOME ?? join(HOME, ".codex"), "config.toml")) ?? "";
    return /^\s*(model_provider|profile)\s*=/m.test(config) ? "its configuration names a provider" : null;
  } catch {
    return "its configuration could not be read, and may name a provider";
  }
}

/**
 * Whether a tool is logged in, by its own word.
 *
 * @param version as it told it
 * @returns null where it has no word for it
 */
export async function loginOf(
  preset: PresetName,
  { file, version, env }: { file: string; version: string; env: Record<string, string> },
  ask: (args: readonly string[]) => Promise<Answer>,
): Promise<{ isIn: boolean; how: string } | null> {
  const status = statuses[preset];
  if (!status || basename(file) !== status.file || !isSince(version, status.since)) return null;
  const known = status.known?.(env);
  if (known) return { isIn: true, how: known };
  const isIn = status.isIn(await ask(status.args));
  const command = [status.file, ...status.args].join(" ");
  return isIn === null ? null : { isIn, how: `${command} says that it is ${isIn ? "" : "not "}logged in` };
}

function isSince(text: string, since: readonly number[]): boolean {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  if (!found) return false;
  const at = found.findIndex((part, index) => part !== since[index]);
  return at < 0 || (found[at] ?? 0) > (since[at] ?? 0);
}
