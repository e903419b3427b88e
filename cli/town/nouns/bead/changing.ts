import type { Command } from "commander";
import type { Bead } from "../../../api.ts";
import { Fault } from "../../../fault.ts";
import { Desk } from "../../desk.ts";
import { each } from "../../each.ts";
import { byWhom, collected, given, reasoned, reasonOf, shortFor, somethingOf } from "../../given.ts";
import { statusText } from "../../words.ts";
import { type Waiting, waitFor, waiting } from "../wait.ts";
import { beadShape, one, said, type Words, words } from "./shared.ts";

const told = (id: string, { status }: Pick<Bead, "status">, more = "") => `${id}: ${statusText(status)}${more}`;

export function addChanging(noun: Command): void {
  words(one(noun, "edit", "changes what is said of it"))
    .option("--title <title>", "what it is called")
    .action(async (bead: string, options: Words, command) => {
      const desk = new Desk(command);
      const { parent, ...rest } = await said(options);
      const change = {
        ...rest,
        ...given({ title: options.title }),
        ...(parent !== undefined && { parent: parent === "none" ? null : parent }),
      };
      const changed = await desk.town.patch("/beads/{bead}", { bead }, somethingOf(change));
      desk.done(changed, beadShape, told(bead, changed, ", changed"));
    });

  reasoned(one(noun, "hold", "keeps it from starting until it is released")).action(
    async (bead: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.town.patch("/beads/{bead}", { bead }, { hold: { why, by: byWhom() } });
      desk.done(changed, beadShape, `${bead}: held until it is released`);
    },
  );

  waiting(one(noun, "release", "ends a hold")).action(async (bead: string, options: Waiting, command) => {
    const desk = new Desk(command);
    const changed = await desk.town.patch("/beads/{bead}", { bead }, { hold: null });
    desk.done(changed, beadShape, told(bead, changed, ", and not held"));
    await waitFor(desk, [bead], options);
  });

  one(noun, "depend", "has it wait for others, or no longer")
    .option("--on <bead>", "must be closed first; again for each", collected)
    .option("--not-on <bead>", "need not be; again for each", collected)
    .action(async (bead: string, { on = [], notOn = [] }: { on?: string[]; notOn?: string[] }, command) => {
      const desk = new Desk(command);
      if (on.length + notOn.length === 0) throw new Fault("say on what: --on BEAD, or --not-on BEAD");
      const change = { add: on.map((each) => ({ on: each })), remove: notOn };
      const changed = await desk.town.post("/beads/{bead}/dependencies", { bead }, change);
      desk.done(changed, beadShape, told(bead, changed, `, waits for ${changed.blockedBy}`));
    });
}

export function addEnding(noun: Command): void {
  reasoned(one(noun, "close", "says that it is done, without a run")).action(
    async (bead: string, { why: reason }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.town.post("/beads/{bead}/close", { bead }, { reason });
      desk.done(changed, beadShape, told(bead, changed));
    },
  );

  waiting(reasoned(one(noun, "reopen", "says that it is not done, or wanted after all"))).action(
    async (bead: string, { why: reason, ...options }: Waiting & { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.town.post("/beads/{bead}/reopen", { bead }, { reason });
      desk.done(changed, beadShape, told(bead, changed));
      await waitFor(desk, [bead], options);
    },
  );
}

export function cancel(parent: Command): void {
  reasoned(
    several(parent, "cancel", `gives it up, and stops what runs of it${shortFor(parent, "bead", "cancel")}`),
  ).action(async (beads: string[], { why: reason }: { why: string }, command) => {
    const desk = new Desk(command);
    await each(desk, beads, beadShape, async (bead) => {
      const changed = await desk.town.post("/beads/{bead}/cancel", { bead }, { reason });
      return { told: changed, sentence: told(bead, changed, "; what runs of it is stopped") };
    });
  });
}

export function retry(parent: Command): void {
  waiting(
    several(parent, "retry", `tries it again at once, with its budgets whole${shortFor(parent, "bead", "retry")}`),
  )
    .option("--why <reason>", "why, for those who find it so", reasonOf)
    .action(async (beads: string[], { why: reason, ...options }: Waiting & { why?: string }, command) => {
      const desk = new Desk(command);
      const tried = await each(desk, beads, beadShape, async (bead) => {
        const changed = await desk.town.post("/beads/{bead}/retry", { bead }, given({ reason }));
        const sentence = `${bead}: is ${statusText(changed.status)}, and tried again as soon as may be`;
        return { told: changed, sentence };
      });
      const refused = Number(process.exitCode ?? 0);
      await waitFor(desk, tried, options);
      process.exitCode = Math.max(refused, Number(process.exitCode ?? 0));
    });
}

const several = (parent: Command, verb: string, says: string): Command =>
  parent.command(`${verb} <bead...>`).description(`${says}; several may be named`);
