import { realpathSync } from "node:fs";
import { type Command, Option } from "commander";
import { type PresetName, presetNames } from "../../../src/agents/index.ts";
import { commandLine } from "../../../src/lib/shell-words.ts";
import type { Told, TownBody } from "../../client.ts";
import { ApiProblem } from "../../client.ts";
import { Fault } from "../../fault.ts";
import { repoRoot } from "../../paths.ts";
import { spoken } from "../again.ts";
import { keepTownOfState, townOfState, typedFrom } from "../connection.ts";
import { readContexts } from "../contexts.ts";
import { Desk, isTownNamed } from "../desk.ts";
import { given, textOf } from "../given.ts";
import { called, isPackaged } from "../name.ts";
import { looksAtAgent, looksAtRig, saying } from "../saying.ts";
import { plain, preflightLines } from "../text.ts";
import { wordsOf } from "../words.ts";
import { isOf, nameOf, repositoryAt, testCommandIn, toolsHere } from "./detect.ts";
import { type Questions, questionsOf } from "./questions.ts";

interface Given {
  repository?: string;
  rig?: string;
  gate?: string;
  branch?: string;
  agent: string;
  preset?: PresetName;
  command?: string;
  bead?: string;
  begin?: boolean;
  yes?: boolean;
}

/** From nothing to the first bead: what can be seen is guessed, the rest is asked. */
export function init(program: Command): void {
  program
    .command("init")
    .description("sets a town up for a repository: asks, looks, and queues the first bead")
    .option("--repository <url>", "its URL or path; by itself the one that you stand in")
    .option("--rig <name>", "what the town calls it")
    .option("--branch <name>", "where work lands; by itself the remote's own")
    .option("--gate <command>", "must pass on the merged result before it is pushed; 'none': nothing must")
    .option("--agent <name>", "what the first agent is called", "ada")
    .addOption(new Option("--preset <tool>", "how it is run").choices(presetNames))
    .option("--command <command>", "instead, a command of your own, its words parted by spaces")
    .option("--bead <title>", "the first work; 'none': nothing yet")
    .option("--begin", "an empty repository gets its first commit")
    .option("-y, --yes", "takes every guess and asks nothing")
    .action(async (options: Given, command) => {
      const questions = questionsOf(options.yes ?? false);
      try {
        const town = isTownNamed(command, process.env)
          ? undefined
          : await questions.ask("What is the town called?", "home", "--town NAME");
        await setUp(new Desk(command, town), questions, options);
      } finally {
        questions.close();
      }
    });
}

async function setUp(desk: Desk, questions: Questions, options: Given): Promise<void> {
  const here = repositoryAt(typedFrom(process.env));
  // Who types this in the keeper's own checkout means another repository.
  const stood = here && !isPackaged && here.root === realpathSync(repoRoot) ? null : here;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const repository =
    options.repository ??
    (await questions.ask("Which repository, by URL or path?", stood?.url ?? null, "--repository URL"));
  const rig = options.rig ?? nameOf(repository);
  const seen = stood && isOf(stood.root, repository, typedFrom(process.env)) ? testCommandIn(stood.root) : null;
  const gate =
    options.gate ??
    (await questions.ask(
      "What must pass before work is pushed ('none': nothing)?",
      seen ? commandLine(seen.words) : "none",
      "--gate COMMAND",
    ));
  const words = gate === "none" ? null : wordsOf(gate);
  const how = await programOf(questions, options);

  await once(desk.client.send("post", "/v1/towns", {}, { body: { name: desk.name } }), "town_exists", () =>
    say(`${desk.name} is there already`),
  );
  const addition = {
    id: rig,
    repoUrl: repository,
    gate: words,
    ...given({ begin: options.begin, defaultBranch: options.branch }),
  };
  const added = await once(saying(looksAtRig, desk.town.post("/rigs", {}, addition)), "rig_exists", () =>
    say(`${rig} is there already`),
  );
  if (added) {
    say(spoken(plain(`${rig}: ${lookOf(added)}`), desk.again));
    say(`gate: ${gateText(words, options.gate === undefined ? seen : null)}`);
  }
  await once(desk.town.post("/agents", {}, { id: options.agent, rig, ...how }), "agent_exists", () =>
    say(`${options.agent} is there already`),
  );

  const look = desk.town.post("/agents/{agent}/preflight", { agent: options.agent });
  keepTown(desk, say);
  const { preflight } = await saying(looksAtAgent(options.agent), look);
  for (const line of preflightLines(options.agent, preflight)) say(spoken(plain(line), desk.again));
  if (preflight?.state === "failed") {
    say(`Mend that, then: ${pasteable(desk, `agent preflight ${options.agent}`)}`);
    process.exitCode = 6;
    return;
  }
  const title =
    options.bead ??
    (await questions.ask(
      "What shall be done first ('none': nothing yet)?",
      "none",
      "--bead TITLE",
      `${desk.name} is set up, and nothing is queued yet`,
    ));
  if (title === "none") return desk.say(`${desk.name} is ready: ${pasteable(desk, `bead create "…" --rig ${rig}`)}`);
  const made = await desk.town.post("/beads", {}, { rig, title: await textOf(title) });
  desk.say(`${made.id}: queued. ${pasteable(desk, `bead wait ${made.id}`)}`);
}

/** Of a town keeper here, commands are about this town from now on. */
function keepTown({ here, name }: Desk, say: (line: string) => void): void {
  if (here === null || townOfState(here.state, process.env) === name) return;
  keepTownOfState(here.state, process.env, name);
  const { current } = readContexts(process.env);
  const other = process.env.TOWNKEEPER_CONTEXT || current;
  // Where a context is in use, a command that names no state folder looks elsewhere.
  if (other === null || process.env.TOWNKEEPER_STATE)
    say(`${name}: commands here are about it from now on; --town names another`);
  else
    say(
      `${name}: commands with --state are about it from now on; without that they are about the context ${other}, which is in use: \`${called} context use local\` ends that`,
    );
}

/** With the town named where that may be so in this shell alone. */
function pasteable(desk: Desk, words: string): string {
  const isSaid = desk.again("").includes("--town ") || !process.env.TOWNKEEPER_TOWN;
  return isSaid ? desk.again(words) : desk.again(`${words} --town ${desk.name}`);
}

/** @throws Fault if nothing that runs agents is named or found */
async function programOf(
  questions: Questions,
  { preset, command }: Given,
): Promise<Pick<TownBody<"post", "/agents">, "preset" | "command">> {
  if (command !== undefined) return { command: wordsOf(command) };
  if (preset !== undefined) return { preset };
  const [tool = null] = toolsHere(process.env);
  const answer = await questions.ask(
    "Which tool, or which command, does the work?",
    tool,
    "--preset TOOL or --command COMMAND",
  );
  if (answer === "") throw new Fault("an agent needs a tool, with --preset, or a command, with --command");
  return answer.includes(" ") || answer.includes("/") ? { command: wordsOf(answer) } : { preset: answer as PresetName };
}

/** What must pass from now on, and where that was seen if nobody gave it. */
function gateText(words: readonly string[] | null, seen: ReturnType<typeof testCommandIn>): string {
  if (words === null) return "none: nothing must pass before work is pushed (--gate COMMAND)";
  const shown = commandLine(words);
  return seen && commandLine(seen.words) === shown ? `${shown} (from ${seen.from})` : shown;
}

/** Null: it was there before. */
async function once<T>(made: Promise<T>, code: string, onThere: () => void): Promise<T | null> {
  try {
    return await made;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== code) throw error;
    onThere();
    return null;
  }
}

function lookOf({ defaultBranch, look }: Told<"post", "/rigs"> & { look?: unknown }): string {
  const { detail, hint } = (look ?? {}) as { detail?: string; hint?: string };
  // Each is a sentence already, but for what it found where all is well.
  return [`lands on ${defaultBranch}`, detail, hint]
    .filter((each) => each !== undefined && each !== null)
    .reduce((told, each) => `${told}${/[.!?]$/.test(told) ? "" : "."} ${each}`);
}
