/** All that can be typed: the one table that parsing, help, completion and docs/cli.md are made from. */
import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { Fault, messageOf } from "../fault.ts";
import { namesOf, wantedBy } from "./completion.ts";
import { Desk, formatOf, type Where, whereOf, withConnection } from "./desk.ts";
import { faultOf, problemLine } from "./faults.ts";
import { init } from "./init/index.ts";
import { faultIn, hearing, Misread, refuseEmpty, unknownIn } from "./misread.ts";
import { called } from "./name.ts";
import { agent, enabling, preflight } from "./nouns/agent.ts";
import { apply } from "./nouns/apply.ts";
import { cancel, retry } from "./nouns/bead/changing.ts";
import { bead } from "./nouns/bead/index.ts";
import { explain, logs } from "./nouns/bead/looking.ts";
import { completion } from "./nouns/completion.ts";
import { context } from "./nouns/context.ts";
import { convoy } from "./nouns/convoy.ts";
import { host } from "./nouns/host.ts";
import { journal } from "./nouns/journal.ts";
import { live } from "./nouns/live.ts";
import { open } from "./nouns/open.ts";
import { planning } from "./nouns/plan.ts";
import { rig } from "./nouns/rig.ts";
import { token } from "./nouns/token.ts";
import { going, ofTown, pausing, town } from "./nouns/town.ts";
import { webhook } from "./nouns/webhook.ts";
import { wellness } from "./nouns/wellness.ts";
import { shownText } from "./text.ts";

export const AFTER = `
Exit codes: 0 done, and well; 1 refused; 2 this command line is wrong; 3 no town keeper answers;
6 not well: the loop is stalled, spinning, starved, failing or unknown (status, health, reconcile and doctor);
something waits for you (attention and doctor: status and health only show it); an agent or a rig could not work
(preflight, doctor, rig add); a bead that was waited for will not land without you; 130 ended by Ctrl-C, or left at a question.
`;

/** Things and verbs, with what each takes. */
export function program(): Command {
  const root = new Command(called)
    .description("Asks a running town keeper, and tells it what you want.")
    .helpOption("-h, --help", "what there is, and what each takes")
    .version(manifest.version, "-V, --version", "the version of this command")
    .helpCommand("help [command]", "the same as --help behind it")
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", AFTER);
  withConnection(root);
  root.commandsGroup("To begin with:");
  init(root);
  ofTown(root);
  apply(root);
  root.commandsGroup("How it is:");
  wellness(root);
  planning(root);
  for (const verb of [live, logs, open]) verb(root);
  root.commandsGroup("Things, each with what can be done to it (bead --help):");
  for (const noun of [town, rig, agent, bead, convoy, host, token, webhook, journal]) noun(root);
  root.commandsGroup("Yourself:");
  context(root);
  completion(root);
  root.commandsGroup("Short forms:");
  pausing(root);
  going(root);
  for (const verb of [enabling, preflight]) verb(root);
  for (const verb of [explain, cancel, retry]) verb(root);
  return hearing(root);
}

/** @returns the exit code; what went wrong is told on the standard error */
export async function runTown(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args[0] === "__complete") return complete(args.slice(1));
  let acting: Command | null = null;
  // What is known of where the town is may be gone by the time that something goes wrong: a town keeper that ends takes it away.
  let about: Where | null = null;
  const root = program().hook("preAction", (_root, action) => {
    acting = action;
    refuseEmpty(action);
    about = knownOf(action, env);
  });
  try {
    const words = args[0] === "help" ? [...args.slice(1), "--help"] : args;
    await root.parseAsync(unknownIn(root, args) ?? words, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    const error = thrown instanceof Misread ? faultIn(thrown) : thrown;
    return error === null ? 0 : tell(error, acting ?? root, about ?? knownOf(acting ?? root, env));
  }
}

/** Asked by a shell while somebody types: what can't be known is nothing to type, and no error. */
async function complete(words: string[]): Promise<number> {
  const root = program();
  const [last = ""] = words.slice(-1);
  const wanted = wantedBy(root, words);
  const named = async (kind: string) => {
    // What says where the town is stands among the words.
    root.parseOptions(words.slice(0, -1));
    return (await namesOf(new Desk(root), kind)).filter((name) => name.startsWith(last));
  };
  const names = wanted.things === null ? [] : await named(wanted.things).catch(() => []);
  process.stdout.write([...wanted.words, ...names].map((word) => `${word}\n`).join(""));
  return 0;
}

function tell(error: unknown, command: Command, about: Where | null): number {
  const fault = about === null ? error : faultOf(error, about);
  const format = formatOf(command);
  if (format === "json" || format === "jsonl") process.stderr.write(problemLine(error, fault));
  else process.stderr.write(`town: ${shownText(textOf(fault))}\n`);
  return fault instanceof Fault ? fault.exitCode : 1;
}

/** What is refused quotes what others wrote. */
function textOf(fault: unknown): string {
  if (!(fault instanceof Fault)) return (fault as Error).stack ?? messageOf(fault);
  return fault.code ? `${fault.message} (${fault.code})` : fault.message;
}

/** Null: that was what went wrong. */
function knownOf(command: Command, env: NodeJS.ProcessEnv): Where | null {
  try {
    return whereOf(command, env);
  } catch {
    return null;
  }
}
