/** What every command has: the town that is meant, and how answers are shown. */
import { type Command, Option } from "commander";
import { z } from "zod";
import { slug } from "../../src/protocol/common.ts";
import { type Below, Client, type Item, type Names, type TownClient, type TownQuery } from "../client.ts";
import { Fault } from "../fault.ts";
import { changes } from "../stream.ts";
import { type Again, againWith, spoken, WHERE, withCommands } from "./again.ts";
import { type Connection, connectionOf, startWith, townOfState } from "./connection.ts";
import { type Context, contextFor } from "./contexts.ts";
import { VARIABLE, type Whereabouts } from "./faults.ts";
import type { Pages } from "./given.ts";
import { Line } from "./line.ts";
import { type Format, formats, listed, type Shape, shown, type Thing } from "./output.ts";
import { plain, shownText } from "./text.ts";
import { inPeoplesWords } from "./words.ts";

/** A list that is not asked for in whole. */
const SHOWN = 50;
const DAY_MS = 86_400_000;
const CLEARED = "\x1b[H\x1b[2J\x1b[3J";

/** The options that every command takes. */
export function withConnection(command: Command): Command {
  return command
    .optionsGroup("Which town, and how it is shown:")
    .option("--town <name>", "which town (or TOWNKEEPER_TOWN; else the one that was set up here last, or sample)")
    .option("--url <url>", "where the Worker listens (of the `npm start` that runs here; or TOWNKEEPER_URL)")
    .option("--token-file <file>", "a file with the operator's token (of that start; or TOWNKEEPER_TOKEN)")
    .option("--context <name>", "one that `context add` gave this name (the one in use; or TOWNKEEPER_CONTEXT)")
    .option("--state <folder>", "whose state folder to look into (.townkeeper; or TOWNKEEPER_STATE)")
    .addOption(new Option("-o, --output <format>", "how the answer is shown").choices(formats).default("table"))
    .option("--json", "the same as -o json");
}

const globals = z.object({
  town: z.string().optional(),
  url: z.string().optional(),
  tokenFile: z.string().optional(),
  state: z.string().optional(),
  context: z.string().optional(),
  output: z.enum(formats),
  json: z.boolean().optional(),
});

export interface Where extends Whereabouts, Connection {
  format: Format;
  /** The state folder of the town keeper here, where one is meant, named or not. Null: it is elsewhere. */
  here: { state: string | undefined } | null;
}

/** Which town a command means, and how it wants to be answered. @throws Fault if that can't be known */
export function whereOf(command: Command, env: NodeJS.ProcessEnv): Where {
  const { url, tokenFile, state: typedState, ...typed } = globals.parse(command.optsWithGlobals());
  const context = contextFor({ context: typed.context, url, state: typedState }, env);
  const state = typedState ?? (env.TOWNKEEPER_STATE || undefined);
  const here = context === null && url === undefined && !env.TOWNKEEPER_URL ? { state } : null;
  const town = typed.town ?? townMeant(typed.context !== undefined, context, env) ?? usualTown(here, env);
  if (!slug.safeParse(town).success)
    throw new Fault(
      `no town is called ${JSON.stringify(town)}: names have lower-case letters, digits and single dashes`,
    );
  return {
    town,
    here,
    format: formatOf(command),
    start: startWith(state),
    tokenFrom: tokenFrom(tokenFile, context, env),
    again: againOf(command),
    ...connectionOf({ url, tokenFile, state, context }, env),
  };
}

/** In the order in which they are looked for. */
function tokenFrom(file: string | undefined, context: Context | null, env: NodeJS.ProcessEnv): string {
  if (file !== undefined) return file;
  if (context !== null && (context.token !== undefined || context.tokenFile !== undefined))
    return context.tokenFile ?? "the context";
  return env.TOWNKEEPER_TOKEN ? VARIABLE : "the state folder";
}

/** Where none is typed. */
function townMeant(isContextTyped: boolean, context: Context | null, env: NodeJS.ProcessEnv): string | undefined {
  const named = isContextTyped ? context?.town || env.TOWNKEEPER_TOWN : env.TOWNKEEPER_TOWN || context?.town;
  return named || undefined;
}

const usualTown = (here: Where["here"], env: NodeJS.ProcessEnv): string =>
  (here && townOfState(here.state, env)) ?? "sample";

/** Whether anything says which town is meant. */
export function isTownNamed(command: Command, env: NodeJS.ProcessEnv): boolean {
  const { here } = whereOf(command, env);
  const { town, context } = globals.parse(command.optsWithGlobals());
  if (town !== undefined || context !== undefined || env.TOWNKEEPER_TOWN || here === null) return true;
  return townOfState(here.state, env) !== null;
}

export function formatOf(command: Command): Format {
  const { output, json } = command.optsWithGlobals<{ output?: Format; json?: boolean }>();
  return json ? "json" : (output ?? "table");
}

/** Another command about the same town: what was said on the command line itself of where it is, is said again. */
export const againOf = (command: Command): Again =>
  againWith(
    Object.fromEntries(
      WHERE.map((name) => [name, name === "token-file" ? "tokenFile" : name] as const)
        .filter(([, key]) => command.getOptionValueSourceWithGlobals(key) === "cli")
        .map(([name, key]) => [name, String(command.optsWithGlobals()[key])]),
    ),
  );

interface Telling {
  /** What -o name says of it. */
  name?: string;
  paint?: ((lines: string[]) => string[]) | undefined;
}

/** Asks and tells the Worker for a command, and shows what it says. */
export class Desk {
  readonly name: string;
  readonly here: Where["here"];
  readonly format: Format;
  /** Where the token is kept, for who is asked for it. */
  readonly tokenAt: string;
  readonly client: Client;
  readonly town: TownClient;
  readonly again: Again;
  readonly line: Line;
  #print: (text: string) => void = (text) => process.stdout.write(text);

  /**
   * @param town instead of the one that the command line means
   * @throws Fault if it can't be known where the Worker is, or what opens it
   */
  constructor(command: Command, town?: string) {
    const where = whereOf(command, process.env);
    const { town: meant, here, format, url, token, mayAll, again } = where;
    this.name = town ?? meant;
    this.here = here;
    this.format = format;
    this.tokenAt = where.tokenAt ?? where.tokenFrom;
    this.client = new Client(url, token, mayAll);
    this.town = this.client.of(this.name);
    this.again = again;
    this.line = new Line(url);
  }

  list<R extends Below<"get">>(
    rest: R,
    names: Names<R>,
    query: TownQuery<"get", R>,
    { all = false, limit = SHOWN }: Pages,
  ): Promise<Item<R>[]> {
    return this.town.list(rest, names, query, all ? null : limit);
  }

  print(text: string): void {
    this.#print(text);
  }
  say(line: string): void {
    this.print(`${line}\n`);
  }

  /** For people in the words of the terminal, for programs as it came. */
  #sayInWords(lines: string): void {
    this.say(this.format === "table" ? withCommands(lines, this.again) : lines);
  }

  show(told: object, shape: Pick<Shape, "name">): void {
    const thing = told as Thing;
    this.#sayInWords(shown(this.format === "table" ? inPeoplesWords(thing) : thing, shape, this.format));
  }

  showList(things: readonly object[], shape: Shape): void {
    const lines = listed(things as Thing[], shape, this.format, process.stdout.isTTY ? process.stdout.columns : null);
    if (lines !== "") this.#sayInWords(lines);
  }

  /** What was done, in a sentence; programs get the thing. */
  done(told: object, shape: Pick<Shape, "name">, sentence: string): void {
    this.say(
      this.format === "table" ? shownText(spoken(sentence, this.again)) : shown(told as Thing, shape, this.format),
    );
  }

  /** What was found, in lines; programs get the answer. */
  tell(answer: object, lines: readonly string[], { name = this.name, paint = (all) => all }: Telling = {}): void {
    const table = () => paint(lines.map((line) => spoken(plain(line), this.again))).join("\n");
    this.say(this.format === "table" ? table() : shown(answer as Thing, { name: () => name }, this.format));
  }
  tellList(things: readonly object[], lines: readonly string[], shape: Shape): void {
    if (this.format === "table") this.tell({}, lines);
    else this.showList(things, shape);
  }

  /** Shows it, and with `watch` again whenever it says something else: until a signal. */
  async looking(watch: boolean | undefined, show: () => Promise<void>): Promise<void> {
    if (!watch) return show();
    const screen = process.stdout.isTTY && this.format === "table";
    let before = "";
    for await (const _ of changes(this.town, DAY_MS, this.line)) {
      let text = "";
      this.#print = (more) => {
        text += more;
      };
      await this.line.asking(() => {
        text = "";
        return show();
      });
      if (text !== before) process.stdout.write(screen ? `${CLEARED}${text}` : text);
      before = text;
    }
  }
}
