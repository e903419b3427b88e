import type { Command } from "commander";
import type { Town } from "../../api.ts";
import { ApiProblem, type TownBody } from "../../client.ts";
import { Fault } from "../../fault.ts";
import { Desk } from "../desk.ts";
import { byWhom, type Pages, paged, reasoned, shortFor, somethingOf } from "../given.ts";
import { didYouMean } from "../nearest.ts";
import { columns, type Shape } from "../output.ts";
import { sureOf } from "../sure.ts";
import { durationOf, span } from "../times.ts";
import { type Looking, looking } from "./looking.ts";

const shape: Pick<Shape, "name"> = { name: ({ name }) => String(name) };

const listShape: Shape = { ...shape, columns: columns("name", "made:createdAt") };

const removedListShape: Shape = { ...shape, columns: columns("name", "removed:removedAt", "made:createdAt") };

/** The town itself. */
export function town(program: Command): void {
  const noun = program.command("town").description("the town itself: made, looked at, changed, paused");
  ofTown(noun);
  pausing(noun);
  going(noun);
}

export function going(parent: Command): void {
  parent
    .command("delete <town>")
    .description(
      `takes it away once nothing of it runs; for a week it can be had back${shortFor(parent, "town", "delete")}`,
    )
    .option("--forever", "with all that is known of it, at once: it can't be had back")
    .option("-y, --yes", "without asking; needed for --forever where nobody can be asked")
    .action(async (town: string, { forever = false, yes }: { forever?: boolean; yes?: boolean }, command) => {
      const desk = new Desk(command);
      const written = desk.again(`town delete ${town} --forever --yes`);
      if (forever) await sureOf(`Shall ${town} go, with all that is known of it, for ever?`, yes, written);
      else await sureOf(`Shall ${town} go?`, yes);
      const query = forever ? { forever: "true" as const } : {};
      const removed = await desk.client.send("delete", "/v1/towns/{town}", { town }, { query });
      const back = desk.again(`town restore ${town}`);
      const then = removed.keptUntil === null ? "" : `; until ${removed.keptUntil} \`${back}\` brings it back`;
      desk.done(removed, { name: () => town }, `${town}: is gone${then}`);
    });

  parent
    .command("restore <town>")
    .description(`brings one back that was removed, as it stood${shortFor(parent, "town", "restore")}`)
    .action(async (town: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.client.send("post", "/v1/towns/{town}/restore", { town }), shape, `${town}: is there again`);
    });

  looking(
    parent
      .command("removed")
      .description(`the agents, rigs and convoys of it that can be had back${shortFor(parent, "town", "removed")}`),
  ).action(async ({ watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => desk.showList((await desk.town.get("/removed", {})).items, removedShape));
  });
}

const removedShape: Shape = {
  name: ({ kind, id }) => `${kind} ${id}`,
  columns: [
    ...columns("kind", "id", "removed:removedAt", "kept until:keptUntil"),
    { title: "its name", of: ({ nameInUse }) => (nameInUse ? "in use by another" : "") },
  ],
};

/** What `town town create` would be: people who call this command `town` leave the second out. */
export function ofTown(parent: Command): void {
  parent
    .command("create <town>")
    .description(`makes a town; --town or TOWNKEEPER_TOWN names it from then on${shortFor(parent, "town", "create")}`)
    .action(async (name: string, _options, command) => {
      const desk = new Desk(command);
      const made = await desk.client.send("post", "/v1/towns", {}, { body: { name } });
      const next = desk.again(`rig add RIG REPOSITORY${desk.name === name ? "" : ` --town ${name}`}`);
      desk.done(made, shape, `${name}: made. Next: ${next}`);
    });

  looking(
    paged(parent.command("list").description(`the towns that your token is for${shortFor(parent, "town", "list")}`)),
  )
    .option("--removed", "in place of those, the ones that were removed and can be had back")
    .action(async ({ watch, all, limit = 50, removed }: Pages & Looking & { removed?: true }, command) => {
      const desk = new Desk(command);
      const query = removed ? { removed: "true" as const } : {};
      await desk.looking(watch, async () =>
        desk.showList(
          await desk.client.list("/v1/towns", {}, query, all ? null : limit),
          removed ? removedListShape : listShape,
        ),
      );
    });

  looking(
    parent
      .command("show")
      .description(`its settings, and how many beads and agents it has${shortFor(parent, "town", "show")}`),
  ).action(async ({ watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => desk.show(await desk.town.get("", {}), shape));
  });

  parent
    .command("set <setting=value...>")
    .description(
      `changes settings: a number, true, false, null (its default, or, where the settings say so, no bound) or a word; stall.stopMs=10800000 changes one that is within another${shortFor(parent, "town", "set")}`,
    )
    .action(async (pairs: string[], _options, command) => {
      const desk = new Desk(command);
      const settings = somethingOf(settingsOf(pairs)) as TownBody<"patch", "">["settings"] & object;
      const set = desk.town.patch("", {}, { settings }).catch((error: unknown) => orUnknown(error, settings));
      desk.done(await set, shape, `${desk.name}: changed`);
    });
}

/** @throws Fault for a setting that there is none of, with the name that was meant; else what was refused */
async function orUnknown(error: unknown, settings: object): Promise<never> {
  if (!(error instanceof ApiProblem) || error.code !== "invalid_input") throw error;
  const { settingsFields } = await import("../../../src/lib/settings.ts");
  const names = Object.keys(settingsFields.shape);
  const unknown = Object.keys(settings).find((name) => !names.includes(name));
  if (unknown === undefined) throw error;
  const meant = didYouMean(unknown, names) || ` There are ${names.join(", ")}.`;
  throw new Fault(`there is no setting ${unknown}.${meant} Nothing was changed`, 1, error.code);
}

export function pausing(parent: Command): void {
  reasoned(
    parent.command("pause").description(`nothing new starts; what runs goes on${shortFor(parent, "town", "pause")}`),
  )
    .option("--for <time>", "how long: 30m, 2h, 1d", durationOf)
    .action(async ({ why, for: forMs }: { why: string; for?: number }, command) => {
      const until = forMs === undefined ? {} : { until: new Date(Date.now() + forMs).toISOString() };
      const lasts = forMs === undefined ? "until an operator resumes it" : `for ${span(forMs)}`;
      const by = byWhom();
      await changed(new Desk(command), {
        now: `paused ${lasts}; what runs goes on`,
        change: { paused: { why, by, ...until } },
        isSo: ({ paused }) =>
          paused !== null && paused.why === why && paused.by === by && !paused.until && forMs === undefined,
        so: `is paused already, by ${by}: ${why}`,
      });
    });

  for (const [verb, says, change] of [
    ["resume", "ends a pause", { now: "goes on", change: { paused: null }, isSo: notPaused, so: "is not paused" }],
    [
      "drain",
      "no new runs; landings go on",
      {
        ...{ now: "draining: no new runs; landings go on", change: { draining: true } },
        ...{ isSo: isDraining, so: "is draining already" },
      },
    ],
    [
      "undrain",
      "ends that",
      {
        ...{ now: "takes new runs again", change: { draining: false } },
        ...{ isSo: (before: Town) => !isDraining(before), so: "takes runs already" },
      },
    ],
  ] as const)
    parent
      .command(verb)
      .description(says + shortFor(parent, "town", verb))
      .action(async (_options, command) => changed(new Desk(command), change));
}

const notPaused = ({ paused }: Town): boolean => paused === null;
const isDraining = ({ draining }: Town): boolean => draining;

interface Change {
  now: string;
  change: TownBody<"patch", "">;
  isSo: (before: Town) => boolean;
  so: string;
}

/** To ask a town to be as it is, is no error, as it is none over HTTP; a person who gives a verb expects that something changes, and is told. */
async function changed(desk: Desk, { now, change, isSo, so }: Change): Promise<void> {
  const before = await desk.town.get("", {});
  if (isSo(before))
    return desk.done(before, shape, `${desk.name} ${so}. Nothing was changed; ${desk.again("status")} shows how it is`);
  desk.done(await desk.town.patch("", {}, change), shape, `${desk.name}: ${now}`);
}

/** A dot goes into what has settings of its own: `stall.stopMs=1`. */
export function settingsOf(pairs: readonly string[]): Record<string, unknown> {
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
