import type { z } from "zod";
import { cancelBeadCommand } from "./cancel-bead.ts";
import { createBeadCommand } from "./create-bead.ts";
import { createBeadsCommand } from "./create-beads.ts";
import { retryBeadCommand } from "./retry-bead.ts";

/** Every command there is, a line each; their order means nothing. */
const all = [cancelBeadCommand, createBeadCommand, createBeadsCommand, retryBeadCommand] as const;

type Command = (typeof all)[number];
export type CommandName = Command["name"];
type CommandOf<Name extends CommandName> = Extract<Command, { name: Name }>;
export type CommandInputOf<Name extends CommandName> = Parameters<CommandOf<Name>["apply"]>[1];
export type CommandOutputOf<Name extends CommandName> = z.output<CommandOf<Name>["output"]>;

type TypeOf<Def> = Def extends { type: infer Type extends string } ? Type : never;
type CommandType = TypeOf<Command>;
type Typed<Type extends CommandType> = Extract<Command, { type: Type }>;
/** A command on its way to the pass, by the name that it has in the history of ticks. */
export type CommandFact = { [T in CommandType]: { type: T; payload: Parameters<Typed<T>["apply"]>[1] } }[CommandType];

export const commands: readonly Command[] = all;

export const commandNamed = (name: string): Command | undefined => all.find((command) => command.name === name);

/** Two that share a type differ in what they answer alone. */
const byType = new Map<string, Command>(all.map((command) => [command.type, command]));
export const commandOfType = (type: string): Command | undefined => byType.get(type);
