import { type ParseArgsConfig, parseArgs } from "node:util";
import { emptyFlag } from "../src/lib/empty-flag.ts";
import { Fault, messageOf } from "./fault.ts";
import { didYouMean } from "./town/nearest.ts";

type Config = ParseArgsConfig & { args: string[]; options: NonNullable<ParseArgsConfig["options"]> };

/**
 * Reads flags.
 *
 * @param takes what each flag that has a value takes, in a few words
 * @param help the command that shows them all
 * @throws Fault with one line that says what to write instead
 */
export function readFlags<T extends Config>(config: T, takes: Record<string, string>, help: string) {
  const takesText = (flag: string) => `--${flag} needs a value: ${takes[flag] ?? "a text"}`;
  try {
    const read = parseArgs<T>({ ...config, args: joined(config) });
    const empty = emptyFlag(read.values, config.options);
    if (empty !== undefined) throw new Fault(takesText(empty));
    return read;
  } catch (error) {
    if (error instanceof Fault) throw error;
    const [line = ""] = messageOf(error).split(/\n|\. /);
    const said = line.replace(/\.$/, "");
    const [, wanting] = /^Option '(?:-\w, )?--([\w-]+).*' argument (?:missing|is ambiguous)/.exec(said) ?? [];
    if (wanting !== undefined) throw new Fault(takesText(wanting));
    const [, unknown] = /^Unknown option '--?([^']+)'/.exec(said) ?? [];
    const meant = unknown === undefined ? "" : didYouMean(unknown, Object.keys(config.options), "--");
    throw new Fault(`${said}.${meant || ` See ${help}`}`);
  }
}

/** `--port -1` as one word: so that whoever reads the number can say what is wrong with it. */
function joined({ args, options }: Config): string[] {
  return args.flatMap((arg, at) => {
    const before = args[at - 1] ?? "";
    if (isNegative(arg) && isValued(before, options)) return [];
    const after = args[at + 1] ?? "";
    return isNegative(after) && isValued(arg, options) ? [`${arg}=${after}`] : [arg];
  });
}

const isNegative = (arg: string): boolean => /^-\d/.test(arg);
const isValued = (arg: string, options: Config["options"]): boolean =>
  arg.startsWith("--") && options[arg.slice(2)]?.type === "string";
