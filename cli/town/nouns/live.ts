import { setTimeout as pause } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { TownApi } from "../../api.ts";
import { news, Reading, UNKNOWN } from "../../news.ts";
import { AGAIN_MS, changes, isWithout, messages } from "../../stream.ts";
import { spoken } from "../again.ts";
import { Desk } from "../desk.ts";
import { collected } from "../given.ts";
import { jsonText } from "../output.ts";
import { PartOfTown } from "../part-of-town.ts";
import { plain, statusLines } from "../text.ts";
import { statusOf } from "./wellness.ts";

/** What changes with the clock alone: how long something runs. */
const DRAWN_EVERY_MS = 5_000;
const SCREEN = {
  begin: "\x1b[?1049h\x1b[?25l",
  end: "\x1b[?25h\x1b[?1049l",
  home: "\x1b[H",
  restOfLine: "\x1b[K",
  rest: "\x1b[J",
};

/** What a line may come of. */
const KINDS = ["bead", "attempt", "agent", "attention"];

function kindNamed(given: string): string {
  if (KINDS.includes(given)) return given;
  throw new InvalidArgumentError(`Allowed choices are ${KINDS.join(", ")}.`);
}

/** What goes on, as it goes on: until Ctrl-C. */
export function live(program: Command): void {
  program
    .command("watch")
    .description("what happens, a line each, as it happens: until Ctrl-C")
    .option("--rig <rig>", "only of this rig, its beads and agents")
    .option("--bead <bead>", "only of this bead and its tries")
    .addOption(
      new Option("--kind <kind>", "only of these; again for each")
        .choices(KINDS)
        .argParser((given, before: string[] = []) => collected(kindNamed(given), before)),
    )
    .action(async ({ kind, ...part }: { rig?: string; bead?: string; kind?: string[] }, command) => {
      const desk = new Desk(command);
      const { beads } = await desk.town.get("", {});
      if (part.rig !== undefined) await desk.town.get("/rigs/{rig}", { rig: part.rig });
      if (part.bead !== undefined) await desk.town.get("/beads/{bead}", { bead: part.bead });
      const narrow = { ...part, ...(kind && { kinds: kind.join(",") }) };
      const town = new PartOfTown(desk.client, desk.name, narrow);
      if (desk.format === "table") desk.say(`${desk.name}: ${beads.total} beads. What happens from now on:`);
      try {
        const reading = new Reading();
        for await (const message of messages(town, new AbortController().signal, { line: desk.line }))
          for (const line of reading.read(message, desk.again)) tellNews(desk, plain(line));
      } catch (error) {
        // A release that tells nothing by itself can't tell of a part alone.
        if (!isWithout(error) || Object.keys(narrow).length > 0) throw error;
        await tellByAsking(desk);
      }
    });

  program
    .command("top")
    .description("the status, drawn anew on the whole screen whenever it changes; once where there is none")
    .action(async (_options, command) => {
      const desk = new Desk(command);
      if (!process.stdout.isTTY || desk.format !== "table") return desk.print(`${(await topLines(desk)).join("\n")}\n`);
      process.stdout.write(SCREEN.begin);
      process.once("exit", () => process.stdout.write(SCREEN.end));
      for await (const _ of changes(desk.town, DRAWN_EVERY_MS, desk.line))
        process.stdout.write(screenOf(await desk.line.asking(() => topLines(desk)), process.stdout));
    });
}

/** Of an older release, which does not tell by itself. */
async function tellByAsking(desk: Desk): Promise<never> {
  const api = new TownApi(desk.client);
  for (let known = UNKNOWN; ; await pause(AGAIN_MS)) {
    const { now, lines } = await news(api, desk.name, desk.again, known);
    known = now;
    for (const line of lines) tellNews(desk, plain(line));
  }
}

function tellNews(desk: Desk, line: string): void {
  const at = new Date();
  if (desk.format === "table") desk.say(`${at.toLocaleTimeString("en-GB")}  ${line}`);
  else if (desk.format === "name") desk.say(line.split(" ", 1)[0] ?? "");
  else desk.say(jsonText({ at: at.toISOString(), town: desk.name, text: line }));
}

async function topLines(desk: Desk): Promise<string[]> {
  const status = await statusOf(desk);
  return statusLines({ ...status, again: desk.again }).map((line) => spoken(plain(line), desk.again));
}

/** As much as fits. */
function screenOf(lines: readonly string[], { rows, columns }: { rows: number; columns: number }): string {
  const shown = lines.slice(0, rows - 1).map((line) => line.slice(0, columns) + SCREEN.restOfLine);
  return SCREEN.home + shown.join("\n") + SCREEN.rest;
}
