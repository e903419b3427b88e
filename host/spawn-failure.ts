import { StepFailure } from "./outcomes.ts";

/** No other bead would fare better with such a command, and this one neither, until a person mends it. */
const unusable: Record<string, string> = {
  ENOENT: "was not found, on PATH or in the working copy",
  EACCES: "is not an executable file",
  ENOEXEC: "is neither a program nor a script with a first line such as #!/bin/sh",
};

/**
 * Why an agent's command could not be started: the agent's own trouble, this bead's (which costs it of its budget, for
 * another try would end the same), or the host's.
 */
export function spawnFailure(error: unknown, command: readonly string[]): StepFailure {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const [file = ""] = command;
  const why = unusable[code];
  if (why) return new StepFailure("refused", "command_missing", `${file} ${why}.`);
  if (code === "E2BIG" && command.includes("{prompt}")) {
    const message = `The prompt is too long for an argument of ${file}: use {prompt_file} in place of {prompt}, or read it from standard input.`;
    return new StepFailure("agent_failed", "prompt_too_long", message);
  }
  if (code === "E2BIG") {
    const message = `The command of ${file} and its environment are longer than this system takes: shorten the agent's command or env.`;
    return new StepFailure("agent_failed", "command_too_long", message);
  }
  if (code === "ERR_INVALID_ARG_VALUE") {
    const message = `The command of ${file}, its environment or the prompt holds a NUL character, with which nothing can be started.`;
    return new StepFailure("agent_failed", "nul_character", message);
  }
  return new StepFailure("refused", "spawn_failed", `${file} could not be started: ${code}.`);
}
