import type { Command } from "commander";
import { z } from "zod";
import { Desk, somethingOf } from "../desk.ts";
import type { Thing } from "../output.ts";

const shape = { name: ({ name }: Thing) => String(name) };

/** The town itself. */
export function town(program: Command): void {
  const noun = program.command("town").description("the town itself: made, looked at, changed");

  noun
    .command("create <town>")
    .description("makes a town; --town or TOWNKEEPER_TOWN names it from then on")
    .action(async (name: string, _options, command) => {
      const desk = new Desk(command);
      const made = z.record(z.string(), z.unknown()).parse(await desk.api.request("POST", "/v1/towns", { name }));
      const next = desk.again(`rig add RIG REPOSITORY${desk.town === name ? "" : ` --town ${name}`}`);
      desk.done(made, shape, `${name}: made. Next: ${next}`);
    });

  noun.command("show").action(async (_options, command) => {
    const desk = new Desk(command);
    desk.show(await desk.ask(), shape);
  });

  noun
    .command("set <setting=value...>")
    .description(
      "changes settings: a number, true, false, null (its default) or a word; stall.stopMs=600000 changes one that is within another",
    )
    .action(async (pairs: string[], _options, command) => {
      const desk = new Desk(command);
      const settings = settingsOf(pairs);
      const changed = await desk.tell("PATCH", [], { settings: somethingOf(settings) });
      desk.done(changed, shape, `${desk.town}: changed`);
    });
}

/** A dot goes into what has settings of its own: `stall.stopMs=1`. */
function settingsOf(pairs: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [path = ""] = pair.split("=", 1);
    const [name = "", ...within] = path.split(".");
    const value = within.reduceRight<unknown>(
      (inner, key) => ({ [key]: inner }),
      settingOf(pair.slice(pair.indexOf("=") + 1)),
    );
    settings[name] = merged(settings[name], value);
  }
  return settings;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Two of one setting are both said. */
const merged = (a: unknown, b: unknown): unknown => (isObject(a) && isObject(b) ? { ...a, ...b } : b);

function settingOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
