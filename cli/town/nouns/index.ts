import { Command, CommanderError } from "commander";
import { Fault } from "../../fault.ts";
import { type Where, whereOf, withConnection } from "../desk.ts";
import { faultOf, problemLine } from "../faults.ts";
import { init } from "../init/index.ts";
import { agent } from "./agent.ts";
import { bead } from "./bead.ts";
import { convoy } from "./convoy.ts";
import { host } from "./host.ts";
import { journal } from "./journal.ts";
import { rig } from "./rig.ts";
import { town } from "./town.ts";

/** Things, and what can be done to them: `npm run town -- bead create …`. */
export function nouns(env: NodeJS.ProcessEnv): Command {
  const program = withConnection(new Command("npm run town --"), env);
  // What is wrong with the command line is ours to say, in one line.
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true });
  for (const noun of [init, town, rig, agent, bead, convoy, host, journal]) noun(program);
  return program;
}

/** Each with what it is for. */
export const nounLines = nouns({}).commands.map((noun) => [noun.name(), noun.description()] as const);

/** The things that a command of this name is for. */
export const nounsThatCan = (verb: string): string[] =>
  nouns({})
    .commands.filter(({ commands }) => commands.some((each) => each.name() === verb))
    .map((noun) => noun.name());

/**
 * @returns the exit code
 * @throws Fault if the command line is wrong, or the Worker can't be asked or refuses
 */
export async function runNoun(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  let where: Where | null = null;
  const program = nouns(env).hook("preAction", (_program, action) => {
    where = whereOf(action, env);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return misread(error, args);
    const about = where as Where | null;
    if (about === null) throw error;
    const fault = faultOf(error, about);
    if (about.format === "table" || about.format === "name") throw fault;
    process.stderr.write(problemLine(error, about));
    return fault instanceof Fault ? fault.exitCode : 1;
  }
}

/** @throws Fault unless help was asked for */
function misread({ exitCode, code, message }: CommanderError, args: readonly string[]): number {
  if (exitCode === 0) return 0;
  const noun = args.find((arg) => nounLines.some(([name]) => name === arg));
  if (code === "commander.help") throw new Fault(`${noun} what? The commands stand above`);
  const why = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const verb = args[args.indexOf(noun ?? "") + 1] ?? "";
  const of = nounsThatCan(verb).includes(noun ?? "") ? `${noun} ${verb}` : noun;
  throw new Fault(`${why}${/[.?!)]$/.test(why) ? "" : "."} See npm run town -- ${of} --help`);
}
