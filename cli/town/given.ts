/** What is typed behind options and arguments, read. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type Command, InvalidArgumentError } from "commander";
import { Fault, messageOf } from "../fault.ts";
import { typedFrom } from "./connection.ts";

/** A text, or `-` for what comes in on the standard input, or `@file`. */
export const textOf = async (given: string): Promise<string> =>
  given === "-" || given.startsWith("@") ? inputOf(given.replace(/^@/, "")) : given;

/** What is in a file, or, for `-`, what comes in on the standard input. */
export async function inputOf(file: string): Promise<string> {
  if (file === "-") {
    const come = await text(process.stdin);
    if (come.trim() === "") throw new Fault("- is what comes in on the standard input, and nothing came");
    return come;
  }
  try {
    return readFileSync(resolve(typedFrom(process.env), file), "utf8");
  } catch (error) {
    throw new Fault(`${file} can't be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Reads a whole number within the bounds that the town has for it. @param most left out: there is none */
export const wholeNumber =
  (least: number, most?: number) =>
  (given: string): number => {
    const number = Number(given);
    if (/^\d{1,15}$/.test(given) && number >= least && number <= (most ?? number)) return number;
    throw new InvalidArgumentError(`give a whole number from ${least}${most === undefined ? "" : ` to ${most}`}`);
  };

export function amount(given: string): number {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(given)) return Number(given);
  throw new InvalidArgumentError("give a number such as 2.50");
}

/** A sentence for those who find what was done. What looks like a flag was meant as one. */
export function reasonOf(given: string): string {
  if (given.trim() === "" || given.startsWith("--")) throw new InvalidArgumentError("a reason, in quotes");
  return given;
}

/** For options that may be given again and again. */
export const collected = (given: string, before: string[] = []): string[] => [...before, given];

/** `NAME=VALUE`, again and again. */
export function variables(given: string, before: Record<string, string> = {}): Record<string, string> {
  const at = given.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("give NAME=VALUE");
  return { ...before, [given.slice(0, at)]: given.slice(at + 1) };
}

/** A number, or `none`: a cap that is taken away. Commander takes null for nothing given, so that is said in a word. */
export function capOrNone(given: string): number | "none" {
  if (given === "none") return given;
  try {
    return wholeNumber(1, 10_000)(given);
  } catch (error) {
    throw new InvalidArgumentError(`${messageOf(error)}, or 'none'`);
  }
}
/** The same, as it is sent. */
export const orNull = <T>(given: T | "none" | undefined): T | null | undefined => (given === "none" ? null : given);

/** What of these was given. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** @throws Fault if nothing is to be changed */
export function somethingOf<T extends object>(change: T): T {
  if (Object.keys(change).length > 0) return change;
  throw new Fault("say what should change: --help lists what can be");
}

/** How much of a list is asked for: so many, or every page. */
export interface Pages {
  limit?: number;
  all?: boolean;
}

/** What stands at the top too, where it is only for the hand: there its help says what it is short for. */
export const shortFor = (parent: Command, noun: string, verb: string): string =>
  parent.parent === null ? ` (short for: ${noun} ${verb})` : "";

/** A list that comes in pages. */
export const paged = (command: Command): Command =>
  command.option("--limit <n>", "so many (50)", wholeNumber(1)).option("--all", "every page");

/** What a person did is told with a reason, to those who find it. */
export const reasoned = (command: Command, says = "why, for those who find it so"): Command =>
  command.requiredOption("--why <reason>", says, reasonOf);

export const byWhom = (): string => process.env.USER?.trim().slice(0, 100) || "operator";
