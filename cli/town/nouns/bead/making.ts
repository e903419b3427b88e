import type { Command } from "commander";
import type { TownBody } from "../../../client.ts";
import { Fault } from "../../../fault.ts";
import { batchIn } from "../../batch.ts";
import { Desk } from "../../desk.ts";
import { collected, given, inputOf } from "../../given.ts";
import { importedLines } from "../../imported-lines.ts";
import { jsonShown } from "../../output.ts";
import { type Waiting, waitFor, waiting } from "../wait.ts";
import { beadShape, said, showBeads, type Words, words } from "./shared.ts";

export function addMaking(noun: Command): void {
  waiting(words(noun.command("create <title>")))
    .description("queues work for a rig")
    .requiredOption("--rig <rig>", "the repository it is for")
    .option("--depends-on <bead>", "must be closed first; again for each", collected)
    .action(async (title: string, options: Words & Waiting & { rig: string; dependsOn?: string[] }, command) => {
      const desk = new Desk(command);
      const { rig, dependsOn } = options;
      refuseFileAsTitle(title);
      const made = await desk.town.post(
        "/beads",
        {},
        { rig, title, ...(await said(options)), ...given({ dependsOn }) },
      );
      desk.done(made, beadShape, `${made.id}: queued for ${rig}`);
      await waitFor(desk, [made.id], options);
    });

  waiting(noun.command("batch <file>"))
    .description(
      "queues many at once, all or none: {beads: [{ref?, rig, title, dependsOn?, …}]}, or a JSON object a line; - is the standard input",
    )
    .action(async (file: string, options: Waiting, command) => {
      const desk = new Desk(command);
      const beads = batchIn(await inputOf(file)) as TownBody<"post", "/beads:batch">["beads"];
      const { items } = await desk.town.post("/beads:batch", {}, { beads });
      await showBeads(desk, items);
      await waitFor(
        desk,
        items.map(({ id }) => id),
        options,
      );
    });
}

export function addCarrying(noun: Command): void {
  noun
    .command("import <file>")
    .description("takes in beads of the format of `bd export`; - is the standard input")
    .requiredOption("--rig <rig>", "the repository they are for")
    .action(async (file: string, { rig }: { rig: string }, command) => {
      const desk = new Desk(command);
      const sent = { query: { rig }, body: await inputOf(file) };
      const path = "/v1/towns/{town}/beads:import";
      const imported = await desk.client.send("post", path, { town: desk.name }, sent);
      desk.tell(imported, importedLines(rig, imported), { name: imported.ids.join("\n") });
    });

  noun
    .command("export")
    .description("all beads of a rig, as `bd export` has them: a JSON object a line")
    .requiredOption("--rig <rig>", "whose")
    .action(async ({ rig }: { rig: string }, command) => {
      const desk = new Desk(command);
      const path = "/v1/towns/{town}/beads:export";
      desk.print(jsonShown(await desk.client.text("get", path, { town: desk.name }, { query: { rig } })));
    });
}

/** A bead whose title is a file's name was never meant. */
function refuseFileAsTitle(title: string): void {
  if (title === "-" || /^@\S+$/.test(title))
    throw new Fault(
      `a title is a line of words, and ${title} is none: say what it is about, and give the text with --body ${title}`,
    );
}
