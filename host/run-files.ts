import { gitConfigText } from "./agent-env.ts";
import { createFile, openToAppend, removeTree } from "./agent-files.ts";
import type { attemptFiles } from "./context.ts";

type Files = ReturnType<typeof attemptFiles>;

/** What an agent finds beside its worktree. Words may have been put into its inbox before. */
export async function makeRunFiles({ prompt, inbox, gitConfig }: Files, text: string): Promise<void> {
  await createFile(prompt, text);
  await (await openToAppend(inbox)).close();
  await createFile(gitConfig, gitConfigText());
}

/** What its environment names. */
export const namedFiles = ({ prompt: promptFile, inbox, gitConfig, result }: Files) => ({
  promptFile,
  inbox,
  gitConfig,
  result,
});

/** What it needs no more; its log stays. */
export const removeRunFiles = ({ agents }: Files): Promise<void> => removeTree(agents);
