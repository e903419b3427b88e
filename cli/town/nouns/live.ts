import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { TownApi } from "../../api.ts";
import { type Known, news, UNKNOWN } from "../../news.ts";
import { spoken } from "../again.ts";
import { Desk } from "../desk.ts";
import { plain, statusLines } from "../text.ts";
import { statusOf } from "./wellness.ts";

const LOOK_MS = 1_000;
const SCREEN = {
  begin: "\x1b[?1049h\x1b[?25l",
  end: "\x1b[?25h\x1b[?1049l",
  home: "\x1b[H",
  restOfLine: "\x1b[K",
  rest: "\x1b[J",
};

/** What goes on, as it goes on: until Ctrl-C. */
export function live(program: Command): void {
  program
    .command("watch")
    .description("what happens, a line each, as it happens: until Ctrl-C")
    .action(async (_options, command) => {
      const desk = new Desk(command);
      const { beads } = await desk.town.get("", {});
      if (desk.format === "table") desk.say(`${desk.name}: ${beads.total} beads. What happens from now on:`);
      for (let known: Known = UNKNOWN; ; ) {
        const { now, lines } = await news(new TownApi(desk.client), desk.name, desk.again, known);
        known = now;
        for (const line of lines) tellNews(desk, plain(line));
        await pause(LOOK_MS);
      }
    });

  program
    .command("top")
    .description("the status, drawn anew each second on the whole screen; once where there is none")
    .action(async (_options, command) => {
      const desk = new Desk(command);
      if (!process.stdout.isTTY || desk.format !== "table") return desk.print(`${(await topLines(desk)).join("\n")}\n`);
      process.stdout.write(SCREEN.begin);
      process.once("exit", () => process.stdout.write(SCREEN.end));
      for (;;) {
        process.stdout.write(screenOf(await topLines(desk), process.stdout));
        await pause(LOOK_MS);
      }
    });
}

function tellNews(desk: Desk, line: string): void {
  const at = new Date();
  if (desk.format === "table") desk.say(`${at.toLocaleTimeString("en-GB")}  ${line}`);
  else if (desk.format === "name") desk.say(line.split(" ", 1)[0] ?? "");
  else desk.say(JSON.stringify({ at: at.toISOString(), town: desk.name, text: line }));
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
