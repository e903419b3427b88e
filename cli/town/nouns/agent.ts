import { type Command, Option } from "commander";
import { presetNames } from "../../../src/agents/index.ts";
import type { TownBody } from "../../client.ts";
import { Fault } from "../../fault.ts";
import { agentNow } from "../agent-text.ts";
import type { Agent } from "../answers.ts";
import { Desk } from "../desk.ts";
import { amount, byWhom, given, reasoned, shortFor, somethingOf, variables, wholeNumber } from "../given.ts";
import { didYouMean } from "../nearest.ts";
import { columns, type Shape, type Thing } from "../output.ts";
import { looksAtAgent, saying } from "../saying.ts";
import { sureOf } from "../sure.ts";
import { preflightLines } from "../text.ts";
import { durationOf } from "../times.ts";
import { type Looking, looking } from "./looking.ts";

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

type Change = TownBody<"patch", "/agents/{agent}">;
type Said<Field extends keyof Change> = { [K in Field]?: NonNullable<Change[K]> };

interface Settings extends Said<"preset" | "model" | "driver" | "permissions" | "provider" | "env" | "maxTokens"> {
  maxRun?: number;
  maxCost?: number;
}

const settings = (command: Command, env: string) =>
  command
    .addOption(new Option("--preset <tool>", "a tool that is known").choices(presetNames))
    .option("--model <model>", "in the tool's own words")
    .addOption(
      new Option("--driver <driver>", "acp: the tool speaks the Agent Client Protocol").choices(["exec", "acp"]),
    )
    .addOption(
      new Option("--permissions <answer>", "what a tool over ACP is told when it asks").choices(["allow", "deny"]),
    )
    .option("--provider <name>", "agents of one provider share its limits")
    .option("--env <NAME=VALUE>", env, variables)
    .option("--max-run <time>", "how long a run may take: 1h", durationOf)
    .option("--max-cost <dollars>", "a run that used more is ended", amount)
    .option("--max-tokens <n>", "likewise", wholeNumber(1));

const said = ({ maxRun: maxRunMs, maxCost: maxCostUsd, ...rest }: Settings, words: string[]) => {
  const { preset, model, driver, permissions, provider, env, maxTokens } = rest;
  const command = words.length > 0 ? words : undefined;
  return given({ preset, command, model, driver, permissions, provider, env, maxRunMs, maxCostUsd, maxTokens });
};

/** The values that an agent has are told to nobody: who changes one can't send the others again. */
function changeOf({ onlyEnv, env, ...options }: Settings & { onlyEnv?: true }, words: string[]): Change {
  const rest = said(options, words);
  if (onlyEnv) return { ...rest, env: env ?? {} };
  if (env === undefined) return rest;
  const changes = Object.entries(env).map(([name, value]) => [name, value === "" ? null : value]);
  return { ...rest, envChanges: Object.fromEntries(changes) };
}

/** Those who do the work. */
export function agent(program: Command): void {
  const noun = program.command("agent").description("those who do the work: added, looked at, changed, stopped");
  addSetting(noun);
  addLooking(noun);
  addRemoving(noun);
  addHolding(noun);
  enabling(noun);
  preflight(noun);
}

const one = (noun: Command, verb: string, says: string) => noun.command(`${verb} <agent>`).description(says);

function addSetting(noun: Command): void {
  settings(noun.command("add <agent> [command...]"), "in its environment; again for each")
    .description(
      "adds an agent: by --preset, or by a command of your own behind --, with {prompt} where the prompt goes",
    )
    .requiredOption("--rig <rig>", "whose beads it works on")
    .option("--role <role>", "a word of your own, which settings may be for")
    .action(async (id: string, words: string[], options: Settings & { rig: string; role?: string }, command) => {
      const desk = new Desk(command);
      if (!options.preset && words.length === 0)
        throw new Fault("say how it is run: --preset TOOL, or a command behind --");
      const { rig, role } = options;
      const added = await desk.town.post("/agents", {}, { id, rig, ...given({ role }), ...said(options, words) });
      desk.done(added, shape, `${id}: added to ${rig}; \`${desk.again(`preflight ${id}`)}\` says whether it can work`);
    });

  settings(
    noun.command("edit <agent> [command...]"),
    "in its environment; NAME= takes one away; again for each; the others stay",
  )
    .option("--only-env", "what --env says is all of its environment: the others go, and NAME= is an empty one")
    .description("changes it")
    .action(async (agent: string, words: string[], options: Settings & { onlyEnv?: true }, command) => {
      const desk = new Desk(command);
      const change = somethingOf(changeOf(options, words));
      const before = await known(desk, agent);
      const after = await desk.town.patch("/agents/{agent}", { agent }, change);
      const isMended = before.trouble !== null && after.trouble === null;
      const now = isMended ? ", and its trouble counts as mended: it is tried again, and need not be enabled" : "";
      const names = options.env || options.onlyEnv ? `; in its environment: ${after.env.join(", ") || "nothing"}` : "";
      desk.done(after, shape, `${agent}: changed${now}${names}`);
    });
}

function addRemoving(noun: Command): void {
  one(noun, "remove", "takes it out of the town; what stands in the way is said")
    .option("-y, --yes", "without asking")
    .action(async (agent: string, { yes }: { yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(`Shall ${agent} be taken out of ${desk.name}?`, yes);
      desk.done(
        await desk.town.delete("/agents/{agent}", { agent }),
        shape,
        `${agent}: removed; \`${desk.again(`agent restore ${agent}`)}\` brings it back`,
      );
    });
  one(noun, "restore", "brings one back that was removed, as it was set").action(
    async (agent: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.town.post("/agents/{agent}/restore", { agent }), shape, `${agent}: is there again`);
    },
  );
}

function addLooking(noun: Command): void {
  looking(noun.command("list").description("what each does, or what keeps it from work")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.showList((await desk.town.get("/agents", {})).items, shape));
    },
  );

  looking(one(noun, "show", "everything that is known of it")).action(
    async (agent: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => {
        const told = await desk.town.get("/agents/{agent}", { agent });
        // In the words of the list; a program gets the field as it is.
        desk.show(desk.format === "table" ? { ...told, status: agentNow(told, Date.now()).state } : told, shape);
      });
    },
  );
}

function addHolding(noun: Command): void {
  reasoned(one(noun, "stop", "ends its run; the bead goes back to the queue")).action(
    async (agent: string, { why: reason }: { why: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/agents/{agent}/stop", { agent }, { reason });
      desk.done(told, shape, `${agent}: ${told.status}`);
    },
  );

  reasoned(one(noun, "pause", "gets no work until it is resumed; what runs goes on")).action(
    async (agent: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.town.patch("/agents/{agent}", { agent }, { paused: { why, by: byWhom() } });
      desk.done(changed, shape, `${agent}: paused until it is resumed`);
    },
  );

  one(noun, "resume", "ends a pause").action(async (agent: string, _options, command) => {
    const desk = new Desk(command);
    const changed = await desk.town.patch("/agents/{agent}", { agent }, { paused: null });
    desk.done(changed, shape, `${agent}: resumed`);
  });
}

/** `enable` and `disable`, which the town has too. */
export function enabling(parent: Command): void {
  for (const [verb, says, enabled] of [
    ["enable", "it gets work again", true],
    ["disable", "it gets no work; what runs goes on", false],
  ] as const)
    one(parent, verb, says + shortFor(parent, "agent", verb)).action(async (agent: string, _options, command) => {
      const desk = new Desk(command);
      const before = await known(desk, agent);
      // To enable one that cools down is to say that it is well.
      if (before.enabled === enabled && !(enabled && before.trouble))
        throw new Fault(
          `${agent} is ${verb}d already${enabled ? ", and in no trouble (an edit of its command, preset or environment ends one, as a run that does well does): it is tried as it is" : ""}. Nothing was changed; ${desk.again("status")} shows how it is`,
          1,
        );
      desk.done(await desk.town.patch("/agents/{agent}", { agent }, { enabled }), shape, `${agent}: ${verb}d`);
    });
}

async function known(desk: Desk, agent: string) {
  const { items } = await desk.town.get("/agents", {});
  const found = items.find(({ id }) => id === agent);
  if (found) return found;
  const ids = items.map(({ id }) => id);
  const meant = didYouMean(agent, ids) || ` It has ${ids.join(", ") || "none"}.`;
  throw new Fault(`${desk.name} has no agent ${agent}.${meant}`, 1);
}

/** Likewise. */
export function preflight(parent: Command): void {
  one(
    parent,
    "preflight",
    `has its host look whether it could work; exit code 6 if not${shortFor(parent, "agent", "preflight")}`,
  )
    .option("--call", "its tool answers one word: whether its model and key are taken")
    .action(async (agent: string, { call = false }: { call?: boolean }, command) => {
      const desk = new Desk(command);
      const look = desk.town.post("/agents/{agent}/preflight", { agent }, { call });
      const answer = await saying(looksAtAgent(agent), look);
      desk.tell(answer, preflightLines(agent, answer.preflight), { name: agent });
      if (answer.preflight?.state === "failed") process.exitCode = 6;
    });
}
