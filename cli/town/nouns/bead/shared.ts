import { type Command, Option } from "commander";
import type { Bead } from "../../../api.ts";
import type { TownBody } from "../../../client.ts";
import type { Desk } from "../../desk.ts";
import { collected, given, textOf, wholeNumber } from "../../given.ts";
import { columns, type Shape } from "../../output.ts";
import { waitsOf } from "../../waits.ts";
import { statusText } from "../../words.ts";

const isWaiting = (status: unknown, wait: string | undefined): boolean =>
  status === "in_progress" && wait !== undefined;

/** What keeps each, where that was asked. */
const beadsShape = (waits: ReadonlyMap<string, string>): Shape => ({
  name: ({ id }) => String(id),
  columns: [
    ...columns("id"),
    // On the hook of an agent that is not at work on it, it waits.
    {
      title: "status",
      of: ({ id, status }) => (isWaiting(status, waits.get(String(id))) ? "waiting" : statusText(status)),
    },
    ...columns("priority", "rig", "agent").map((column) => ({ ...column, isSpare: true })),
    { title: "waits", of: ({ id }) => waits.get(String(id)) },
    ...columns("title"),
  ],
});
export const beadShape = beadsShape(new Map());

/** What may be said of a bead, when it is made and later. */
export const words = (command: Command) =>
  command
    .option("--body <text>", "what is to be done; - reads it from the standard input, @FILE from a file")
    .option("--acceptance <text>", "when it is done; likewise")
    .addOption(new Option("--type <type>", "what kind of work").choices(["task", "bug", "chore", "review"]))
    .option("--priority <n>", "0 (now) to 4 (some day)", wholeNumber(0, 4))
    .option("--label <label>", "again for each", collected)
    .option("--touches <path>", "a path that it is likely to change; again for each", collected)
    .option("--parent <bead>", "the bead that it is a part of");

export interface Words {
  title?: string;
  body?: string;
  acceptance?: string;
  type?: NonNullable<TownBody<"post", "/beads">["type"]>;
  priority?: number;
  label?: string[];
  touches?: string[];
  parent?: string;
}

export const said = async ({ body, acceptance, type, priority, label: labels, touches, parent }: Words) =>
  given({
    body: body === undefined ? undefined : await textOf(body),
    acceptance: acceptance === undefined ? undefined : await textOf(acceptance),
    ...{ type, priority, labels, touches, parent },
  });

export const one = (noun: Command, verb: string, says: string): Command =>
  noun.command(`${verb} <bead>`).description(says);

export async function showBeads(desk: Desk, found: Bead[]): Promise<void> {
  const waits = desk.format === "table" ? await waitsOf(desk, found) : new Map<string, string>();
  desk.showList(found, beadsShape(waits));
}
