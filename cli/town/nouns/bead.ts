import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { Fault } from "../../fault.ts";
import type { Explanation } from "../answers.ts";
import { batchIn } from "../batch.ts";
import { byWhom, collected, Desk, given, type Pages, somethingOf, textOf, wholeNumber } from "../desk.ts";
import { columns, type Shape, type Thing } from "../output.ts";
import { lastTryLines, plain } from "../text.ts";
import { durationOf } from "../times.ts";
import { waitsOf } from "../waits.ts";
import { statusText } from "../words.ts";
import { followLog, newestRun } from "./follow.ts";
import { paged } from "./listing.ts";
import { waitFor } from "./wait.ts";

const statuses = ["open", "in_progress", "in_review", "closed", "parked", "cancelled"] as const;

/** What keeps each, where that was asked. */
const beadsShape = (waits: ReadonlyMap<string, string>): Shape => ({
  name: ({ id }) => String(id),
  columns: [
    ...columns("id"),
    { title: "status", of: ({ status }) => statusText(status) },
    ...columns("priority", "rig", "agent"),
    { title: "waits", of: ({ id }) => waits.get(String(id)) },
    ...columns("title"),
  ],
});
const beadShape = beadsShape(new Map());

/** An attempt beside its bead, whose notes say at length why each came to nothing. */
const tryShape: Shape = {
  name: ({ fence }) => String(fence),
  columns: [
    ...columns("fence", "kind", "agent", "state", "began:startedAt", "ended:endedAt"),
    { title: "why", of: ({ failure }) => (failure as { code?: string } | null | undefined)?.code },
  ],
};

/** What a moment of a bead's life adds to its kind. */
const detailOf = ({ title, status, text, outcome, failure }: Thing): unknown =>
  (failure as { message?: string } | null | undefined)?.message ??
  outcome ??
  text ??
  (status === undefined ? title : statusText(status));

const told = (id: string, { status }: Thing, more = "") => `${id}: ${statusText(status)}${more}`;

/** What may be said of a bead, when it is made and later. */
const words = (command: Command) =>
  command
    .option("--body <text>", "what is to be done; - reads it from the standard input, @FILE from a file")
    .option("--acceptance <text>", "when it is done; likewise")
    .option("--type <type>", "task, bug, chore or review")
    .option("--priority <n>", "0 (now) to 4 (some day)", wholeNumber)
    .option("--label <label>", "again for each", collected)
    .option("--touches <path>", "a path that it is likely to change; again for each", collected)
    .option("--parent <bead>", "the bead that it is a part of");

interface Words {
  title?: string;
  body?: string;
  acceptance?: string;
  type?: string;
  priority?: number;
  label?: string[];
  touches?: string[];
  parent?: string;
}

const said = async ({ title, body, acceptance, type, priority, label: labels, touches, parent }: Words) =>
  given({
    title,
    body: body === undefined ? undefined : await textOf(body),
    acceptance: acceptance === undefined ? undefined : await textOf(acceptance),
    ...{ type, priority, labels, touches, parent },
  });

const waiting = (command: Command) =>
  command
    .addOption(
      new Option("--wait [for]", "until it is: started, or landed").choices(["started", "landed"]).preset("landed"),
    )
    .option("--timeout <time>", "how long to wait: 30s, 10m, 2h", durationOf);

interface Waiting {
  wait?: "started" | "landed";
  timeout?: number;
}

/** Work items. */
export function bead(program: Command): void {
  const noun = program.command("bead").description("work items: made, looked at, changed, followed");
  addMaking(noun);
  addLooking(noun);
  addChanging(noun);
  addFollowing(noun);
  addCarrying(noun);
}

function addMaking(noun: Command): void {
  waiting(words(noun.command("create <title>")))
    .description("queues work for a rig")
    .requiredOption("--rig <rig>", "the repository it is for")
    .option("--depends-on <bead>", "must be closed first; again for each", collected)
    .action(async (title: string, options: Words & Waiting & { rig: string; dependsOn?: string[] }, command) => {
      const desk = new Desk(command);
      const { rig, dependsOn } = options;
      refuseFileAsTitle(title);
      const made = await desk.tell("POST", ["beads"], {
        ...(await said({ ...options, title })),
        ...given({ rig, dependsOn }),
      });
      desk.done(made, beadShape, `${made.id}: queued for ${rig}`);
      if (options.wait) process.exitCode = await waitFor(desk, [String(made.id)], options.wait, options.timeout);
    });

  noun
    .command("batch <file>")
    .description(
      "queues many at once, all or none: {beads: [{ref?, rig, title, dependsOn?, …}]}, or a JSON object a line; - is the standard input",
    )
    .action(async (file: string, _options, command) => {
      const desk = new Desk(command);
      const text = await textOf(file === "-" ? file : `@${file}`);
      const made = await desk.tell("POST", ["beads:batch"], { beads: batchIn(text) });
      await showBeads(desk, z.array(z.record(z.string(), z.unknown())).parse(made.items));
    });
}

function addLooking(noun: Command): void {
  const list = noun
    .command("list")
    .description("the newest first")
    .option("--status <status>", `only these: ${statuses.join(", ")}`, statusNamed)
    .option("--rig <rig>", "only those of this rig");
  paged(list).action(async ({ status, rig, ...pages }: Pages & { status?: string; rig?: string }, command) => {
    const desk = new Desk(command);
    const found = await desk.list(["beads"], { status, rig }, pages);
    // Of a rig that is not there, an empty list would be no answer.
    if (found.length === 0 && rig !== undefined) await desk.ask("rigs", rig);
    await showBeads(desk, found);
  });

  one(noun, "show", "everything that is known of it").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.ask("beads", id);
    if (desk.format !== "table") return desk.show(told, beadShape);
    const { attempts, ...bead } = told;
    desk.show(bead, beadShape);
    const tries = z.array(z.record(z.string(), z.unknown())).catch([]).parse(attempts);
    if (tries.length === 0) return;
    desk.say("attempts");
    desk.showList(tries, tryShape);
    const { lastTry } = await desk.ask<Explanation>("beads", id, "explain");
    for (const line of lastTryLines(lastTry, (words) => desk.again(words))) desk.say(plain(line));
  });
}

function addChanging(noun: Command): void {
  words(one(noun, "edit", "changes what is said of it"))
    .option("--title <title>")
    .action(async (id: string, options: Words, command) => {
      const desk = new Desk(command);
      const { parent, ...rest } = await said(options);
      const change = { ...rest, ...(parent !== undefined && { parent: parent === "none" ? null : parent }) };
      const changed = await desk.tell("PATCH", ["beads", id], somethingOf(change));
      desk.done(changed, beadShape, told(id, changed, ", changed"));
    });

  one(noun, "hold", "keeps it from starting until it is released")
    .requiredOption("--why <reason>")
    .action(async (id: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.tell("PATCH", ["beads", id], { hold: { why, by: byWhom() } });
      desk.done(changed, beadShape, `${id}: held until it is released`);
    });

  one(noun, "release", "ends a hold").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const changed = await desk.tell("PATCH", ["beads", id], { hold: null });
    desk.done(changed, beadShape, told(id, changed, ", and not held"));
  });

  for (const [verb, says, isReasonNeeded] of [
    ["retry", "tries it again at once, with its budgets whole", false],
    ["cancel", "gives it up, and stops what runs of it", true],
    ["close", "says that it is done, without a run", true],
    ["reopen", "says that it is not done, or wanted after all", true],
  ] as const) {
    const command = one(noun, verb, says);
    if (isReasonNeeded) command.requiredOption("--why <reason>");
    else command.option("--why <reason>");
    command.action(async (id: string, { why }: { why?: string }, self) => {
      const desk = new Desk(self);
      const changed = await desk.tell("POST", ["beads", id, verb], given({ reason: why }));
      desk.done(changed, beadShape, told(id, changed));
    });
  }

  one(noun, "depend", "has it wait for others, or no longer")
    .option("--on <bead>", "must be closed first; again for each", collected)
    .option("--not-on <bead>", "need not be; again for each", collected)
    .action(async (id: string, { on = [], notOn = [] }: { on?: string[]; notOn?: string[] }, command) => {
      const desk = new Desk(command);
      if (on.length + notOn.length === 0) throw new Fault("say on what: --on BEAD, or --not-on BEAD");
      const change = { add: on.map((each) => ({ on: each })), remove: notOn };
      const changed = await desk.tell("POST", ["beads", id, "dependencies"], change);
      desk.done(changed, beadShape, told(id, changed, `, waits for ${changed.blockedBy}`));
    });
}

function addFollowing(noun: Command): void {
  paged(one(noun, "timeline", "what happened to it, the newest first")).action(
    async (id: string, pages: Pages, command) => {
      const desk = new Desk(command);
      const events = await desk.list(["beads", id, "timeline"], {}, pages);
      desk.showList(events, {
        name: ({ at }) => String(at),
        columns: [...columns("at", "what", "kind", "agent", "fence"), { title: "detail", of: detailOf }],
      });
    },
  );

  one(noun, "log", "the last of what its newest run printed")
    .option("-f, --follow", "and what it goes on to print, until the run is over")
    .action(async (id: string, { follow = false }: { follow?: boolean }, command) => {
      const desk = new Desk(command);
      await followLog(desk, await newestRun(desk, id), follow);
    });

  noun
    .command("wait <beads...>")
    .description("until all of these have landed; exit code 6 if one will not without you")
    .addOption(new Option("--for <what>", "what to wait for").choices(["started", "landed"]).default("landed"))
    .option("--timeout <time>", "how long: 30s, 10m, 2h", durationOf)
    .action(async (ids: string[], { for: what, timeout }: { for: "started" | "landed"; timeout?: number }, command) => {
      process.exitCode = await waitFor(new Desk(command), ids, what, timeout);
    });
}

function addCarrying(noun: Command): void {
  noun
    .command("import <file>")
    .description("takes in beads of the format of `bd export`; - is the standard input")
    .requiredOption("--rig <rig>", "the repository they are for")
    .action(async (file: string, { rig }: { rig: string }, command) => {
      const desk = new Desk(command);
      const text = await textOf(file === "-" ? file : `@${file}`);
      const path = `${desk.path("beads:import")}?${new URLSearchParams({ rig })}`;
      desk.show(z.record(z.string(), z.unknown()).parse(await desk.api.request("POST", path, text)), {
        name: () => rig,
      });
    });

  noun
    .command("export")
    .description("all beads of a rig, as `bd export` has them: a JSON object a line")
    .requiredOption("--rig <rig>", "whose")
    .action(async ({ rig }: { rig: string }, command) => {
      const desk = new Desk(command);
      process.stdout.write(await desk.api.text(`${desk.path("beads:export")}?${new URLSearchParams({ rig })}`));
    });
}

const one = (noun: Command, verb: string, says: string): Command => noun.command(`${verb} <bead>`).description(says);

async function showBeads(desk: Desk, found: Thing[]): Promise<void> {
  const waits = desk.format === "table" ? await waitsOf(desk, found) : new Map<string, string>();
  desk.showList(found, beadsShape(waits));
}

/** People read *parked*; the word that is stored means the same. */
function statusNamed(given: string): string {
  const status = given === "failed" ? "parked" : given;
  if ((statuses as readonly string[]).includes(status)) return status;
  throw new InvalidArgumentError(`Allowed choices are ${statuses.join(", ")}.`);
}

/** A bead whose title is a file's name was never meant. */
function refuseFileAsTitle(title: string): void {
  if (title === "-" || /^@\S+$/.test(title))
    throw new Fault(
      `a title is a line of words, and ${title} is none: say what it is about, and give the text with --body ${title}`,
    );
}
