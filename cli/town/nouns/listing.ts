import type { Command } from "commander";
import { Desk, type Pages, wholeNumber } from "../desk.ts";
import type { Shape } from "../output.ts";

/** A list that comes in pages. */
export const paged = (command: Command): Command =>
  command.option("--limit <n>", "so many", wholeNumber).option("--all", "every page");

/** `list` of things that nothing narrows. */
export function listing(noun: Command, path: string, shape: Shape): void {
  paged(noun.command("list")).action(async (pages: Pages, command) => {
    const desk = new Desk(command);
    desk.showList(await desk.list([path], {}, pages), shape);
  });
}
