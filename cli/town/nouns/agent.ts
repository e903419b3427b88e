import type { Command } from "commander";
import { Fault } from "../../fault.ts";
import { agentNow } from "../agent-text.ts";
import type { Agent } from "../answers.ts";
import { amount, byWhom, Desk, given, somethingOf, variables, wholeNumber } from "../desk.ts";
import { columns, type Shape, type Thing } from "../output.ts";
import { looksAtAgent, saying } from "../saying.ts";
import { plain, preflightLines } from "../text.ts";
import { durationOf } from "../times.ts";

const now = (thing: Thing) => agentNow(thing as unknown as Agent, Date.now());

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "rig"),
    { title: "status", of: (thing) => now(thing).state },
    ...columns("bead"),
    { title: "back", of: (thing) => now(thing).back },
    ...columns("preset", "model", "provider"),
    { title: "trouble", of: (thing) => now(thing).why },
  ],
};

interface Settings {
  preset?: string;
  model?: string;
  driver?: string;
  permissions?: string;
  provider?: string;
  env?: Record<string, string>;
  maxRun?: number;
  maxCost?: number;
  maxTokens?: number;
}

const settings = (command: Command) =>
  command
    .option("--preset <tool>", "a tool that is known: claude, codex, gemini, opencode …")
    .option("--model <model>", "in the tool's own words")
    .option("--driver <driver>", "exec, or acp: the tool speaks the Agent Client Protocol")
    .option("--permissions <answer>", "allow or deny: what a tool over ACP is told when it asks")
    .option("--provider <name>", "agents of one provider share its limits")
    .option("--env <NAME=VALUE>", "in its environment; again for each; all of them together", variables)
    .option("--max-run <time>", "how long a run may take: 1h", durationOf)
    .option("--max-cost <dollars>", "a run that used more is ended", amount)
    .option("--max-tokens <n>", "likewise", wholeNumber);

const said = ({ maxRun: maxRunMs, maxCost: maxCostUsd, maxTokens, ...rest }: Settings, words: string[]) => {
  const { preset, model, driver, permissions, provider, env } = rest;
  const command = words.length > 0 ? words : undefined;
  return given({ preset, command, model, driver, permissions, provider, env, maxRunMs, maxCostUsd, maxTokens });
};

/** Those who do the work. */
export function agent(program: Command): void {
  const noun = program.command("agent").description("those who do the work: added, looked at, changed, stopped");
  const one = (verb: string, says: string) => noun.command(`${verb} <agent>`).description(says);

  settings(noun.command("add <agent> [command...]"))
    .description(
      "adds an agent: by --preset, or by a command of your own behind --, with {prompt} where the prompt goes",
    )
    .requiredOption("--rig <rig>", "whose beads it works on")
    .option("--role <role>")
    .action(async (id: string, words: string[], options: Settings & { rig: string; role?: string }, command) => {
      const desk = new Desk(command);
      if (!options.preset && words.length === 0)
        throw new Fault("say how it is run: --preset TOOL, or a command behind --");
      const { rig, role } = options;
      const added = await desk.tell("POST", ["agents"], { id, rig, ...given({ role }), ...said(options, words) });
      desk.done(added, shape, `${id}: added to ${rig}; \`${desk.again(`preflight ${id}`)}\` says whether it can work`);
    });

  noun.command("list").action(async (_options, command) => {
    const desk = new Desk(command);
    desk.showList(await desk.items("agents"), shape);
  });

  one("show", "everything that is known of it").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.ask("agents", id);
    // In the words of the list; a program gets the field as it is.
    desk.show(desk.format === "table" ? { ...told, status: now(told).state } : told, shape);
  });

  settings(noun.command("edit <agent> [command...]"))
    .description("changes it")
    .action(async (id: string, words: string[], options: Settings, command) => {
      const desk = new Desk(command);
      const change = somethingOf(said(options, words));
      desk.done(await desk.tell("PATCH", ["agents", id], change), shape, `${id}: changed`);
    });

  one("stop", "ends its run; the bead goes back to the queue")
    .requiredOption("--why <reason>")
    .action(async (id: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["agents", id, "stop"], { reason: why });
      desk.done(told, shape, `${id}: ${told.status}`);
    });

  one("pause", "gets no work until it is resumed; what runs goes on")
    .requiredOption("--why <reason>")
    .action(async (id: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.tell("PATCH", ["agents", id], { paused: { why, by: byWhom() } });
      desk.done(changed, shape, `${id}: paused until it is resumed`);
    });

  for (const [verb, says, change] of [
    ["resume", "ends a pause", { paused: null }],
    ["enable", "it gets work again", { enabled: true }],
    ["disable", "it gets no work", { enabled: false }],
  ] as const)
    one(verb, says).action(async (id: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.tell("PATCH", ["agents", id], change), shape, `${id}: ${verb}d`);
    });

  one("preflight", "has its host look whether it could work; exit code 6 if not")
    .option("--call", "its tool answers one word: whether its model and key are taken")
    .action(async (id: string, { call = false }: { call?: boolean }, command) => {
      const desk = new Desk(command);
      const answer = await saying(looksAtAgent(id), desk.api.preflight(desk.town, id, call));
      const { preflight } = answer;
      desk.done(answer, shape, preflightLines(id, preflight).map(plain).join("\n"));
      if (preflight?.state === "failed") process.exitCode = 6;
    });
}
