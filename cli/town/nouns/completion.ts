import { Argument, type Command } from "commander";
import { shells } from "../completion.ts";

/** What has a shell complete our words. */
export function completion(program: Command): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "whose").choices(Object.keys(shells)))
    .description('what has a shell complete these words, names of things too: eval "$(town completion bash)"')
    .action((shell: keyof typeof shells) => {
      process.stdout.write(shells[shell]);
    });
}
