/** How answers are shown: as a table for people, as JSON for programs, as names for other commands. Pure. */
import { plain } from "./text.ts";
import { commandText } from "./words.ts";

export const formats = ["table", "json", "jsonl", "name"] as const;
export type Format = (typeof formats)[number];

/** A thing as the Worker told it. */
export type Thing = Record<string, unknown>;

export interface Column {
  title: string;
  /** It goes where the terminal is too narrow for all of them. */
  isSpare?: boolean;
  of: (thing: Thing) => unknown;
}

/** What a kind of thing is called by, and what of it a list shows. */
export interface Shape {
  name: (thing: Thing) => string;
  columns: readonly Column[];
}

/** Columns that show a field as it is: `"id"`, or `"title of it:field"`. */
export const columns = (...fields: string[]): Column[] =>
  fields.map((field) => {
    const [title = field, key = title] = field.split(":");
    return { title, of: (thing) => thing[key] };
  });

/** @param width of the terminal, in letters; null where nobody looks */
export function listed(
  things: readonly Thing[],
  { name, columns }: Shape,
  format: Format,
  width: number | null,
): string {
  if (format === "json") return jsonText({ items: things }, 2);
  if (format === "jsonl") return things.map((thing) => jsonText(thing)).join("\n");
  if (format === "name") return things.map((thing) => plain(name(thing))).join("\n");
  if (things.length === 0) return "none";
  const all = columns.map(({ title, isSpare, of }) => {
    const cells = things.map((thing) => cell(of(thing)));
    const texts = [title.toUpperCase(), ...cells];
    return {
      texts,
      isSpare,
      isEmpty: cells.every((text) => text === ""),
      width: Math.max(...texts.map(({ length }) => length)),
    };
  });
  const kept = fitting(all, width);
  const rows = [undefined, ...things].map((_, row) => kept.map(({ texts }) => texts[row] ?? ""));
  const widths = kept.map((column) => column.width);
  return rows
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => (width === null || line.length <= width ? line : `${line.slice(0, width - 1)}…`))
    .join("\n");
}

/** Letters that the last column, which says what it is about, has at the least. */
const LAST_LETTERS = 16;

/** Those for which there is room: where it is short, empty ones go first, then those that can be spared, from the left. */
function fitting<C extends { isSpare: boolean | undefined; isEmpty: boolean; width: number }>(
  all: readonly C[],
  width: number | null,
): C[] {
  const kept = [...all];
  if (width === null) return kept;
  const needs = () =>
    kept.reduce(
      (sum, column, at) => sum + (at < kept.length - 1 ? column.width + 2 : Math.min(column.width, LAST_LETTERS)),
      0,
    );
  for (const isToGo of [(column: C) => column.isEmpty, (column: C) => column.isSpare === true])
    for (let at = kept.findIndex(isToGo); at >= 0 && needs() > width; at = kept.findIndex(isToGo)) kept.splice(at, 1);
  return kept;
}

/** One of them, with everything that is known: what is empty is left out. */
export function shown(thing: Thing, { name }: Pick<Shape, "name">, format: Format): string {
  if (format === "json") return jsonText(thing, 2);
  if (format === "jsonl") return jsonText(thing);
  if (format === "name") return plain(name(thing));
  return lines(thing, "").join("\n");
}

/** JSON leaves more as it is than a terminal takes for text. @param text in JSON, where such letters stand within strings alone */
export const jsonShown = (text: string): string =>
  text.replace(
    /[\u007f-\u009f\p{Bidi_Control}]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const jsonText = (value: unknown, indent = 0): string => jsonShown(JSON.stringify(value, null, indent));

/** Fields that hold the words of a command. */
const COMMANDS = new Set(["command", "gate"]);

function lines(thing: Thing, indent: string): string[] {
  const fields = Object.entries(thing).filter(([, value]) => !isEmpty(value));
  const width = Math.max(0, ...fields.map(([key]) => key.length));
  return fields.flatMap(([key, value]) => {
    const label = `${indent}${plain(key).padEnd(width)}  `;
    if (COMMANDS.has(key)) return [`${label}${plain(String(commandText(value)))}`];
    if (Array.isArray(value) && value.some((each) => typeof each === "object"))
      return [label.trimEnd(), ...value.map((each) => `${indent}  - ${inline(each)}`)];
    if (typeof value === "string" && value.includes("\n"))
      return [label.trimEnd(), ...value.split("\n").map((line) => `${indent}  ${plain(line)}`)];
    return [`${label}${inline(value)}`];
  });
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** A value on one line. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return value.map(inline).join(", ");
  if (typeof value !== "object" || value === null) return plain(String(value));
  return Object.entries(value)
    .filter(([, each]) => !isEmpty(each))
    .map(([key, each]) => `${plain(key)}: ${inline(each)}`)
    .join(", ");
}

/** As part of a line. */
export const inOneWord = (value: unknown): string =>
  value === null || value === undefined ? "none" : Array.isArray(value) ? String(commandText(value)) : inline(value);

const cell = (value: unknown): string => (value === null || value === undefined ? "" : inline(value));
