import { styleText } from "node:util";
import type { Command } from "commander";
import type { Desk } from "../desk.ts";
import { type Diff, diffLines, type Line, statLine } from "../diff-text.ts";
import { columns, type Shape } from "../output.ts";

export interface DiffOptions {
  path?: string;
  stat?: true;
}

export const diffing = (command: Command): Command =>
  command
    .option("--path <path>", "of this file alone, by its path as it is shown: then more of it is shown")
    .option("--stat", "the files and how many lines change, without the changes");

const fileShape: Shape = {
  name: ({ path }) => String(path),
  columns: [...columns("status", "path"), { title: "changes", of: (file) => statLine(file as never) }],
};
const diffShape: Pick<Shape, "name"> = { name: ({ head }) => String(head) };

/** In colours on a terminal, unless NO_COLOR says no; a pipe gets text that is read as a patch. */
export function showDiff(desk: Desk, told: Diff, { stat }: DiffOptions): void {
  if (desk.format !== "table") desk.show(told, diffShape);
  else if (stat) desk.showList(told.files, fileShape);
  else desk.print(`${diffLines(told).map(inked).join("\n")}\n`);
}

const inked = ({ text, ink }: Line): string => (ink ? styleText(ink, text, { stream: process.stdout }) : text);
