import type { Command } from "commander";
import { Fault } from "../../fault.ts";
import { collected, Desk, given } from "../desk.ts";
import { columns, type Shape } from "../output.ts";
import { listing } from "./listing.ts";

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "state"),
    { title: "done", of: ({ progress }) => `${(progress as { percent?: number } | undefined)?.percent ?? 0} %` },
    ...columns("branch", "title"),
  ],
};

/** Beads that belong together. */
export function convoy(program: Command): void {
  const noun = program.command("convoy").description("beads that belong together: made, followed, held, cancelled");
  const one = (verb: string, says: string) => noun.command(`${verb} <convoy>`).description(says);

  noun
    .command("create <convoy> <title>")
    .description("makes one of new beads, all or none; others join it by `convoy change`")
    .requiredOption("--rig <rig>", "where its beads are worked on")
    .requiredOption("--bead <title>", "one of its beads; again for each", collected)
    .option("--in-order", "each waits for the one before")
    .option("--branch <name>", "its beads land there, and all of it lands at once in the end")
    .option("--on-failure <what>", "block: what waits for a failed one goes on waiting; continue: without it")
    .option("--held", "waits until somebody starts it")
    .action(
      async (
        id: string,
        title: string,
        options: {
          rig: string;
          bead: string[];
          inOrder?: boolean;
          branch?: string;
          onFailure?: string;
          held?: boolean;
        },
        command,
      ) => {
        const desk = new Desk(command);
        const { rig, bead: titles, inOrder, branch, onFailure, held } = options;
        const beads = titles.map((each, at) => ({
          ...{ rig, title: each, ref: `b${at}` },
          ...(inOrder && at > 0 && { dependsOn: [`b${at - 1}`] }),
        }));
        const made = await desk.tell("POST", ["convoys"], { id, title, beads, ...given({ branch, onFailure, held }) });
        desk.done(made, shape, `${id}: ${beads.length} beads, ${made.state}`);
      },
    );

  listing(noun, "convoys", shape);

  one("show", "its members, stages and critical path").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    desk.show(await desk.ask("convoys", id), shape);
  });

  one("start", "ends a hold").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.tell("POST", ["convoys", id, "start"]);
    desk.done(told, shape, `${id}: ${told.state}`);
  });

  for (const [verb, says] of [
    ["hold", "what has not begun waits"],
    ["cancel", "what is not over is given up"],
  ] as const)
    one(verb, says)
      .requiredOption("--why <reason>")
      .action(async (id: string, { why }: { why: string }, command) => {
        const desk = new Desk(command);
        const told = await desk.tell("POST", ["convoys", id, verb], { reason: why });
        desk.done(told, shape, `${id}: ${told.state}`);
      });

  one("change", "beads join it or leave it")
    .option("--add <bead>", "again for each", collected)
    .option("--remove <bead>", "again for each", collected)
    .action(async (id: string, { add = [], remove = [] }: { add?: string[]; remove?: string[] }, command) => {
      const desk = new Desk(command);
      if (add.length + remove.length === 0) throw new Fault("say which: --add BEAD, or --remove BEAD");
      desk.done(await desk.tell("POST", ["convoys", id, "beads"], { add, remove }), shape, `${id}: changed`);
    });
}
