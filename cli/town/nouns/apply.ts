import type { Command } from "commander";
import { ApiProblem, type TownBody } from "../../client.ts";
import { type Change, changeLine, changesTo, type Now } from "../apply/plan.ts";
import { Desk } from "../desk.ts";
import { inputOf } from "../given.ts";
import { looksAtRig, saying } from "../saying.ts";
import { sureOf } from "../sure.ts";

interface Options {
  file: string;
  dryRun?: boolean;
  prune?: boolean;
  yes?: boolean;
}

/** A whole town from a file. */
export function apply(program: Command): void {
  program
    .command("apply")
    .description(
      "makes a town be as a file says, its settings, rigs and agents: shows what differs, then changes that alone",
    )
    .requiredOption("-f, --file <file>", "town.yaml, as docs/town-file.md says; - is the standard input")
    .option("--dry-run", "only show what would change")
    .option("--prune", "what the file does not name goes")
    .option("-y, --yes", "without asking")
    .action(async ({ file, dryRun = false, prune = false, yes }: Options, command) => {
      // The other commands begin sooner without a reader of YAML.
      const { desiredIn } = await import("../apply/file.ts");
      const desired = desiredIn(await inputOf(file));
      const desk = new Desk(command, desired.town && !isTownTyped(command) ? desired.town : undefined);
      const changes = changesTo(desk.name, desired, await nowOf(desk), prune);
      const lines = changes.length > 0 ? changes.map(changeLine) : [`${desk.name}: is as ${file} says`];
      desk.tell({ town: desk.name, dryRun, changes: changes.map(withoutSecrets) }, lines);
      if (dryRun || changes.length === 0) return;
      await sureOf("Shall this be done?", yes);
      for (const change of changes) await carryOut(desk, change);
      if (desk.format === "table") desk.say(`${desk.name}: is so now`);
    });
}

/** What is typed goes before what is written. */
const isTownTyped = (command: Command): boolean => command.getOptionValueSourceWithGlobals("town") === "cli";

const withoutSecrets = (change: Change): Change =>
  "env" in change.fields
    ? { ...change, fields: { ...change.fields, env: Object.keys(change.fields.env as object) } }
    : change;

async function nowOf({ town }: Desk): Promise<Now> {
  try {
    const [whole, rigs, agents] = await Promise.all([town.get("", {}), town.get("/rigs", {}), town.get("/agents", {})]);
    return { town: whole, rigs: rigs.items, agents: agents.items };
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "town_not_found") return null;
    throw error;
  }
}

/** The Worker says what is wrong with what is sent. */
async function carryOut(desk: Desk, { does, what, id, fields }: Change): Promise<void> {
  const { town, client } = desk;
  if (what === "town") await client.send("post", "/v1/towns", {}, { body: { name: id } });
  else if (what === "settings")
    await town.patch("", {}, { settings: fields as TownBody<"patch", "">["settings"] & object });
  else if (does === "remove")
    await (what === "rig" ? town.delete("/rigs/{rig}", { rig: id }) : town.delete("/agents/{agent}", { agent: id }));
  else if (what === "rig") {
    const rig =
      does === "add"
        ? town.post("/rigs", {}, { id, ...fields } as TownBody<"post", "/rigs">)
        : town.patch("/rigs/{rig}", { rig: id }, fields as TownBody<"patch", "/rigs/{rig}">);
    await saying(looksAtRig, rig);
  } else if (does === "change")
    await town.patch("/agents/{agent}", { agent: id }, fields as TownBody<"patch", "/agents/{agent}">);
  else {
    const { enabled, ...rest } = fields;
    await town.post("/agents", {}, { id, ...rest } as TownBody<"post", "/agents">);
    if (enabled === false) await town.patch("/agents/{agent}", { agent: id }, { enabled });
  }
}
