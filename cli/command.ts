import type { ParseArgsConfig } from "node:util";
import { messageOf } from "./fault.ts";
import { readFlags } from "./flags.ts";

/** A program of the repository's own, as it is called from a shell. */
export interface Command<Options extends NonNullable<ParseArgsConfig["options"]>> {
  /** As its messages begin. */
  name: string;
  usage: string;
  options: Options;
  allowPositionals?: boolean;
}

/** Its flags. Asked for help it prints its usage; where something is wrong it says what, and ends with 2. */
export function readCommand<const Options extends NonNullable<ParseArgsConfig["options"]>>(command: Command<Options>) {
  const { name, usage, options, allowPositionals = false } = command;
  const fail = (why: string): never => {
    console.error(`${name}: ${why}\n\n${usage}`);
    process.exit(2);
  };
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  const read = () => {
    try {
      return readFlags({ args, options, allowPositionals }, {}, "--help");
    } catch (error) {
      return fail(messageOf(error));
    }
  };
  const { values, positionals } = read();
  /** The whole number that this flag was given. */
  const whole = (flag: keyof typeof values & string, least = 1): number => {
    const number = Number(values[flag]);
    return Number.isInteger(number) && number >= least
      ? number
      : fail(`--${flag} ${values[flag]}: give a whole number from ${least}`);
  };
  return { values, positionals, whole, fail };
}
