/** What is wrong with a command line, in one line that says what to write instead. Reads commander's messages, which have no fields. */
import type { Command, CommanderError } from "commander";
import { quoted } from "../../src/lib/shell-words.ts";
import { Fault } from "../fault.ts";
import { againOf } from "./desk.ts";
import { called } from "./name.ts";
import { didYouMean } from "./nearest.ts";

/** A command line that commander could not read, or that asked for help. */
export class Misread extends Error {
  readonly command: Command;
  readonly error: CommanderError;
  constructor(command: Command, error: CommanderError) {
    super(error.message);
    this.command = command;
    this.error = error;
  }
}

/** Has each command say by itself that it was misread: the error does not tell whose it is. */
export function hearing(command: Command): Command {
  command.exitOverride((error) => {
    throw new Misread(command, error);
  });
  for (const each of command.commands) hearing(each);
  return command;
}

/** The words that call a command, without those that call the program. */
const pathOf = (command: Command): string =>
  command.parent === null ? "" : `${pathOf(command.parent)} ${command.name()}`.trim();

/** Null: nothing was wrong, help or the version was asked for. */
export function faultIn({ command, error }: Misread): Fault | null {
  if (error.exitCode === 0) return null;
  const message = error.message.replace(/^error: /, "");
  const said = SAYINGS[error.code.replace(/^commander\./, "")]?.(command, message);
  return new Fault(said ?? `${message.replace(/\s*\n\s*/g, " ")}. ${seeHelp(command)}`);
}

const seeHelp = (command: Command): string => `See ${`${called} ${pathOf(command)}`.trim()} --help`;

/** What these say may be taken back, which an empty text does. */
const MAY_BE_EMPTY = new Set(["--body", "--acceptance"]);

/** @throws Fault for an option with nothing in its value: what would stand in its place is not what was meant */
export function refuseEmpty(command: Command): void {
  const empty = command.options.find((option) => {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== "cli" || MAY_BE_EMPTY.has(String(option.long))) return false;
    const value: unknown = command.getOptionValue(key);
    return Array.isArray(value) ? value.includes("") : value === "";
  });
  if (empty) throw new Fault(`${empty.long} needs a value: ${empty.description}`);
  if (command.parent !== null) refuseEmpty(command.parent);
}

/** Of words that ask for help: those that call a command, where there is none that is called so. Null: there is. */
export function unknownIn(root: Command, args: readonly string[]): string[] | null {
  const behind = args.indexOf("--");
  const before = behind < 0 ? args : args.slice(0, behind);
  const isHelp = args[0] === "help" || before.some((word) => word === "--help" || word === "-h");
  if (!isHelp) return null;
  const { operands } = root.parseOptions([...(args[0] === "help" ? before.slice(1) : before)]);
  let command = root;
  for (const word of operands) {
    if (command.commands.length === 0 || word === "help") return null;
    const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next === undefined) return operands;
    command = next;
  }
  return null;
}

const SAYINGS: Record<string, (command: Command, message: string) => string> = {
  help: (command) => `${pathOf(command)} what? The commands stand above`,
  unknownCommand(command, message) {
    const [, typed = ""] = /'([\s\S]*?)'/.exec(message) ?? [];
    const names = command.commands.map((each) => each.name());
    const meant = didYouMean(typed, names) || ` There are ${names.join(", ")}.`;
    if (command.parent !== null) return `unknown command ${pathOf(command)} ${typed}.${meant}`;
    const able = command.commands.filter(({ commands }) => commands.some((each) => each.name() === typed));
    if (able.length > 0) return `say what to ${typed}: ${able.map((noun) => `${noun.name()} ${typed}`).join(", ")}`;
    return `there is no verb ${typed}.${meant}`;
  },
  missingArgument(command, message) {
    const [, name = ""] = /'(.*)'/.exec(message) ?? [];
    const words = [pathOf(command), ...typedIn(command, name)].join(" ");
    return `${pathOf(command)} ${name === "agent" ? "whom" : `which ${name}`}? ${againOf(command)(words)}`;
  },
  excessArguments: (command) =>
    `${pathOf(command)} takes no ${command.args.slice(command.registeredArguments.length).join(" ")}`,
  unknownOption(command, message) {
    const [, flag = ""] = /'([\s\S]*?)'/.exec(message) ?? [];
    const owners = (command.parent?.commands ?? []).filter(({ options }) => options.some(({ long }) => long === flag));
    if (owners.length > 0)
      return `${flag} belongs to ${owners.map((each) => each.name()).join(", ")}, not to ${command.name()}`;
    const known = [...command.options, ...rootOf(command).options].flatMap(
      ({ long }) => long?.replace(/^--/, "") ?? [],
    );
    return `Unknown option '${flag}'.${didYouMean(flag.replace(/^--?/, ""), known, "--") || ` ${seeHelp(command)}`}`;
  },
  optionMissingArgument(command, message) {
    const { long, says } = optionIn(command, message);
    return `${long} needs a value: ${says}`;
  },
  missingMandatoryOptionValue(command, message) {
    const { long, value, says } = optionIn(command, message);
    if (long === "--why") return `say why: --why REASON. ${seeHelp(command)}`;
    return `${pathOf(command)} needs ${long} ${value}: ${says}. ${seeHelp(command)}`;
  },
  invalidArgument(command, message) {
    const [, argued = "", value = "", why = ""] =
      /^option '(.*?)' argument '([\s\S]*)' is invalid\. ([\s\S]*)$/.exec(message) ??
      /^command-argument value '([\s\S]*)' is invalid for argument '(.*)'\. ([\s\S]*)$/
        .exec(message)
        ?.map((part, at, parts) => (at === 1 ? parts[2] : at === 2 ? parts[1] : part)) ??
      [];
    const name = argued.includes("-") ? optionIn(command, `'${argued}'`).long : argued;
    // What looks like a flag was never meant as a value.
    return value.startsWith("--") ? `${name} needs a value: ${why}` : `${name} ${value}: ${why}`;
  },
};

/** What was given, and the names of what is still needed. */
function typedIn(command: Command, missing: string): string[] {
  const first = command.registeredArguments.findIndex((argument) => argument.name() === missing);
  const open = command.registeredArguments.slice(first).filter(({ required }) => required);
  const options = command.options.flatMap((option) => {
    const key = option.attributeName();
    const value: unknown = command.getOptionValue(key);
    if (command.getOptionValueSource(key) !== "cli") return [];
    if (typeof value === "string") return [`${option.long} ${quoted(value)}`];
    return value === true ? [String(option.long)] : [];
  });
  return [
    ...command.args.slice(0, first).map(quoted),
    ...open.map((argument) => argument.name().toUpperCase()),
    ...options,
  ];
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));

/** The option that a message names by its flags. */
function optionIn(command: Command, message: string): { long: string; value: string; says: string } {
  const [, flags = ""] = /'(.*?)'/.exec(message) ?? [];
  const option = [...command.options, ...rootOf(command).options].find((each) => each.flags === flags);
  const value = /[<[](.+?)[>\]]/.exec(flags)?.[1] ?? "";
  return { long: option?.long ?? flags, value: value.toUpperCase(), says: option?.description ?? "a text" };
}
