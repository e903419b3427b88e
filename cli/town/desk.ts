/** What every noun's commands have: the Worker that is meant, and how answers are shown. */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { TownApi } from "../api.ts";
import { Fault } from "../fault.ts";
import { type Again, againWith, spoken, WHERE, withCommands } from "./again.ts";
import { connectionOf, startWith } from "./connection.ts";
import type { Whereabouts } from "./faults.ts";
import { type Format, formats, listed, type Shape, shown, type Thing } from "./output.ts";
import { inPeoplesWords } from "./words.ts";

const thing = z.record(z.string(), z.unknown());
const items = z.looseObject({ items: z.array(thing) });

/** A list that is not asked for in whole. */
const SHOWN = 50;

/** The options that every command takes. */
export function withConnection(command: Command, env: NodeJS.ProcessEnv): Command {
  return command
    .option("--town <name>", "which town", env.TOWNKEEPER_TOWN || "sample")
    .option("--url <url>", "where the Worker listens (or TOWNKEEPER_URL)")
    .option("--token-file <file>", "a file with the operator's token (or TOWNKEEPER_TOKEN)")
    .option("--state <folder>", "whose state folder to look into")
    .addOption(new Option("-o, --output <format>", "how the answer is shown").choices(formats).default("table"))
    .option("--json", "the same as -o json");
}

const globals = z.object({
  town: z.string(),
  url: z.string().optional(),
  tokenFile: z.string().optional(),
  state: z.string().optional(),
  output: z.enum(formats),
  json: z.boolean().optional(),
});

export interface Where extends Whereabouts {
  token: string;
  format: Format;
}

/** Which town a command means, and how it wants to be answered. @throws Fault if that can't be known */
export function whereOf(command: Command, env: NodeJS.ProcessEnv): Where {
  const { town, output, json, url, tokenFile, state } = globals.parse(command.optsWithGlobals());
  return {
    town,
    format: json ? "json" : output,
    start: startWith(state),
    again: againWith(typedOf(command)),
    ...connectionOf({ url, tokenFile, state }, env),
  };
}

/** What was said on the command line itself of where the town is. */
const typedOf = (command: Command): Partial<Record<(typeof WHERE)[number], string>> =>
  Object.fromEntries(
    WHERE.map((name) => [name, name === "token-file" ? "tokenFile" : name] as const)
      .filter(([, key]) => command.getOptionValueSourceWithGlobals(key) === "cli")
      .map(([name, key]) => [name, String(command.optsWithGlobals()[key])]),
  );

/** How much of a list is asked for: so many, or every page. */
export interface Pages {
  limit?: number;
  all?: boolean;
}

/** Asks and tells the Worker for a command, and shows what it says. */
export class Desk {
  readonly town: string;
  readonly format: Format;
  readonly api: TownApi;
  readonly #again: Again;

  /** @throws Fault if it can't be known where the Worker is, or what opens it */
  constructor(command: Command) {
    const { town, format, url, token, again } = whereOf(command, process.env);
    this.town = town;
    this.format = format;
    this.api = new TownApi(url, token);
    this.#again = again;
  }

  /** Below the town. @param words of the path, each as it is; a colon begins what is done to many, as in `beads:batch` */
  path(...words: string[]): string {
    const odd = words.find((word) => /^\.{0,2}$/.test(word));
    if (odd !== undefined)
      throw new Fault(`nothing is called ${JSON.stringify(odd)}: give its name, as the lists show it`);
    return ["/v1/towns", ...[this.town, ...words].map((word) => encodeURIComponent(word).replaceAll("%3A", ":"))].join(
      "/",
    );
  }

  /** An answer as it is, or of what type openapi.json says. */
  async ask<T extends object = Thing>(...words: string[]): Promise<T> {
    return thing.parse(await this.api.request("GET", this.path(...words))) as T;
  }

  async tell(method: "POST" | "PATCH" | "DELETE", words: string[], body?: object): Promise<Thing> {
    return thing.parse(await this.api.request(method, this.path(...words), body));
  }

  list(
    words: string[],
    query: Record<string, string | undefined>,
    { all = false, limit = SHOWN }: Pages,
  ): Promise<Thing[]> {
    return this.api.list<Thing>(this.path(...words), query, all ? null : limit);
  }

  /** A list that has no pages. */
  async items(...words: string[]): Promise<Thing[]> {
    return items.parse(await this.ask(...words)).items;
  }

  /** Another command about the same town, to be copied as it is. */
  again(words: string): string {
    return this.#again(words);
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** For people in the words of the terminal, for programs as it came. */
  #sayInWords(lines: string): void {
    this.say(this.format === "table" ? withCommands(lines, this.#again) : lines);
  }

  show(told: Thing, shape: Pick<Shape, "name">): void {
    this.#sayInWords(shown(this.format === "table" ? inPeoplesWords(told) : told, shape, this.format));
  }

  showList(things: readonly Thing[], shape: Shape): void {
    const lines = listed(things, shape, this.format, process.stdout.isTTY ? process.stdout.columns : null);
    if (lines !== "") this.#sayInWords(lines);
  }

  /** What was done, in a sentence; programs get the thing. */
  done(told: Thing, shape: Pick<Shape, "name">, sentence: string): void {
    this.say(this.format === "table" ? spoken(sentence, this.#again) : shown(told, shape, this.format));
  }
}

/** A text, or `-` for what comes in on the standard input, or `@file`. */
export async function textOf(given: string): Promise<string> {
  if (given === "-") return text(process.stdin);
  if (!given.startsWith("@")) return given;
  try {
    return readFileSync(given.slice(1), "utf8");
  } catch (error) {
    throw new Fault(`${given.slice(1)} can't be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

export function wholeNumber(given: string): number {
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Give a whole number.");
}

export function amount(given: string): number {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Give a number such as 2.50.");
}

/** For options that may be given again and again. */
export const collected = (given: string, before: string[] = []): string[] => [...before, given];

/** `NAME=VALUE`, again and again. */
export function variables(given: string, before: Record<string, string> = {}): Record<string, string> {
  const at = given.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Give NAME=VALUE.");
  return { ...before, [given.slice(0, at)]: given.slice(at + 1) };
}

/** A number, or `none`: a cap that is taken away. */
export const capOrNone = (given: string): number | null => (given === "none" ? null : wholeNumber(given));

/** What of these was given. */
export function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** @throws Fault if nothing is to be changed */
export function somethingOf<T extends object>(change: T): T {
  if (Object.keys(change).length > 0) return change;
  throw new Fault("say what should change: --help lists what can be");
}

export const byWhom = (): string => process.env.USER?.trim().slice(0, 100) || "operator";
