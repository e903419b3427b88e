import { type Command, Option } from "commander";
import { Fault } from "../../fault.ts";
import { Desk } from "../desk.ts";
import { collected, given, type Pages, paged, reasoned } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { sureOf } from "../sure.ts";
import { type Looking, looking } from "./looking.ts";

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "state"),
    { title: "done", of: ({ progress }) => `${(progress as { percent?: number } | undefined)?.percent ?? 0} %` },
    ...columns("branch", "title"),
  ],
};

interface Made {
  rig?: string;
  bead?: string[];
  member?: string[];
  inOrder?: boolean;
  branch?: string;
  onFailure?: "block" | "continue";
  held?: boolean;
}

const one = (noun: Command, verb: string, says: string) => noun.command(`${verb} <convoy>`).description(says);

/** Beads that belong together. */
export function convoy(program: Command): void {
  const noun = program.command("convoy").description("beads that belong together: made, followed, held, cancelled");

  noun
    .command("create <convoy> <title>")
    .description("makes one of new beads, of beads that there are, or of both: all or none")
    .option("--rig <rig>", "where its new beads are worked on")
    .option("--bead <title>", "a new bead of it; again for each", collected)
    .option("--member <bead>", "a bead that there is; again for each", collected)
    .option("--in-order", "each waits for the one before")
    .option("--branch <name>", "its beads land there, and all of it lands at once in the end")
    .addOption(
      new Option(
        "--on-failure <what>",
        "block: what waits for a failed one goes on waiting; continue: without it",
      ).choices(["block", "continue"]),
    )
    .option("--held", "waits until somebody starts it")
    .action(async (id: string, title: string, options: Made, command) => {
      const desk = new Desk(command);
      const { rig = "", bead: titles = [], member: members, inOrder, branch, onFailure, held } = options;
      if (titles.length > 0 && rig === "") throw new Fault("say where its new beads are worked on: --rig RIG");
      if (titles.length === 0 && !members) throw new Fault("say which: --bead TITLE for a new one, --member BEAD");
      const beads = titles.map((each, at) => ({
        ...{ rig, title: each, ref: `b${at}` },
        ...(inOrder && at > 0 && { dependsOn: [`b${at - 1}`] }),
      }));
      const made = await desk.town.post(
        "/convoys",
        {},
        { id, title, beads, ...given({ members, branch, onFailure, held }) },
      );
      desk.done(made, shape, `${id}: ${made.members.length} beads, ${made.state}`);
    });

  addLooking(noun);
  addHolding(noun);
  addChanging(noun);
}

function addLooking(noun: Command): void {
  looking(paged(noun.command("list").description("the newest first"))).action(
    async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.showList(await desk.list("/convoys", {}, {}, pages), shape));
    },
  );

  looking(one(noun, "show", "its members, stages and critical path")).action(
    async (convoy: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.show(await desk.town.get("/convoys/{convoy}", { convoy }), shape));
    },
  );
}

function addHolding(noun: Command): void {
  one(noun, "start", "ends a hold").action(async (convoy: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.town.post("/convoys/{convoy}/start", { convoy });
    desk.done(told, shape, `${convoy}: ${told.state}`);
  });

  reasoned(one(noun, "hold", "what has not begun waits")).action(
    async (convoy: string, { why: reason }: { why: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/convoys/{convoy}/hold", { convoy }, { reason });
      desk.done(told, shape, `${convoy}: ${told.state}`);
    },
  );

  reasoned(one(noun, "cancel", "what is not over is given up")).action(
    async (convoy: string, { why: reason }: { why: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/convoys/{convoy}/cancel", { convoy }, { reason });
      desk.done(told, shape, `${convoy}: ${told.state}`);
    },
  );
}

function addChanging(noun: Command): void {
  one(noun, "remove", "forgets it once it is over; its beads stay")
    .option("-y, --yes", "without asking")
    .action(async (convoy: string, { yes }: { yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(`Shall ${convoy} be forgotten?`, yes);
      desk.done(
        await desk.town.delete("/convoys/{convoy}", { convoy }),
        shape,
        `${convoy}: removed; \`${desk.again(`convoy restore ${convoy}`)}\` brings it back`,
      );
    });

  one(noun, "restore", "brings one back that was removed, with its members that are over still").action(
    async (convoy: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.town.post("/convoys/{convoy}/restore", { convoy }), shape, `${convoy}: is there again`);
    },
  );

  one(noun, "change", "beads join it or leave it")
    .option("--add <bead>", "again for each", collected)
    .option("--remove <bead>", "again for each", collected)
    .action(async (convoy: string, { add = [], remove = [] }: { add?: string[]; remove?: string[] }, command) => {
      const desk = new Desk(command);
      if (add.length + remove.length === 0) throw new Fault("say which: --add BEAD, or --remove BEAD");
      const told = await desk.town.post("/convoys/{convoy}/beads", { convoy }, { add, remove });
      desk.done(told, shape, `${convoy}: changed`);
    });
}
