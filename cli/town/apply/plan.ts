/** What must change for a town to be as its file says. Pure. */
import type { components } from "../../api-types.ts";
import { Fault } from "../../fault.ts";
import { inOneWord } from "../output.ts";
import { timeText } from "../times.ts";
import { type Desired, nameInFile } from "./file.ts";
import { refuseUnfit } from "./fits.ts";

type Schemas = components["schemas"];
/** Null: there is no such town yet. */
export type Now = { town: Schemas["Town"]; rigs: Schemas["Rig"][]; agents: Schemas["Agent"][] } | null;

export interface Change {
  does: "add" | "change" | "remove";
  what: "town" | "settings" | "rig" | "agent";
  id: string;
  /** What is sent. */
  fields: Record<string, unknown>;
  /** What it was, of those. */
  before: Record<string, unknown>;
}

const added = (what: Change["what"], id: string, fields: object): Change => ({
  ...{ does: "add", what, id, before: {} },
  fields: fields as Change["fields"],
});

/**
 * In the order in which they can be made.
 *
 * @param prune whether what the file does not name goes
 * @throws Fault if the town would refuse one of them, as far as that can be known
 */
export function changesTo(name: string, desired: Desired, now: Now, prune: boolean): Change[] {
  refuseUnfit(desired, now, prune);
  const rigs = Object.entries(desired.rigs).flatMap(([id, fields]) => {
    const known = now?.rigs.find((rig) => rig.id === id);
    return known ? changed("rig", id, fields, known) : [added("rig", id, fields)];
  });
  const agents = Object.entries(desired.agents).flatMap(([id, fields]) => {
    const known = now?.agents.find((agent) => agent.id === id);
    return known ? ofAgent(id, fields, known) : [added("agent", id, fields)];
  });
  const settings =
    Object.keys(desired.settings).length === 0
      ? []
      : changed("settings", name, desired.settings, (now?.town.settings ?? {}) as object);
  return [
    ...(now ? [] : [added("town", name, {})]),
    ...settings,
    ...rigs,
    ...agents,
    ...(prune ? unnamed(desired, now) : []),
  ];
}

function ofAgent(id: string, fields: Desired["agents"][string], known: Schemas["Agent"]): Change[] {
  const { rig, role, env, ...rest } = fields;
  if ((rig !== undefined && rig !== known.rig) || (role !== undefined && role !== known.role))
    throw new Fault(`agent ${id} stays with rig ${known.rig} and role ${known.role}: give another one another name`);
  const changes = changed("agent", id, rest, known);
  // Their values are never told, so they can't be compared.
  if (env === undefined) return changes;
  const [change = { ...added("agent", id, {}), does: "change" as const }] = changes;
  return [{ ...change, fields: { ...change.fields, env }, before: { ...change.before, env: known.env } }];
}

function changed(what: Change["what"], id: string, wanted: object, known: object): Change[] {
  const before = known as Record<string, unknown>;
  const fields = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => !isSo(value, before[key])));
  if (Object.keys(fields).length === 0) return [];
  return [
    {
      does: "change",
      what,
      id,
      fields,
      before: Object.fromEntries(Object.keys(fields).map((key) => [key, before[key]])),
    },
  ];
}

/** Of what has fields of its own, those that are named. */
function isSo(wanted: unknown, is: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return JSON.stringify(wanted) === JSON.stringify(is ?? null);
  return Object.entries(wanted).every(([key, value]) =>
    isSo(value, (is as Record<string, unknown> | null | undefined)?.[key]),
  );
}

/** Agents go before the rigs that they are of. */
const unnamed = (desired: Desired, now: Now): Change[] => [
  ...(now?.agents ?? []).filter(({ id }) => !Object.hasOwn(desired.agents, id)).map(({ id }) => gone("agent", id)),
  ...(now?.rigs ?? []).filter(({ id }) => !Object.hasOwn(desired.rigs, id)).map(({ id }) => gone("rig", id)),
];
const gone = (what: "rig" | "agent", id: string): Change => ({ does: "remove", what, id, fields: {}, before: {} });

const SIGNS = { add: "+", change: "~", remove: "-" };

/** A change as a line, in the words of the file. A value of an environment is not shown. */
export function changeLine({ does, what, id, fields, before }: Change): string {
  const parts = Object.entries(fields).map(([key, value]) => {
    if (key === "env") return `env ${Object.keys(value as object).join(", ")} (set anew: values can't be compared)`;
    const name = nameInFile(key);
    const shown = (each: unknown) => (name !== key && key.endsWith("Ms") ? timeText(Number(each)) : inOneWord(each));
    return does === "add" ? `${name} ${shown(value)}` : `${name}: ${shown(before[key])} → ${shown(value)}`;
  });
  return `${SIGNS[does]} ${what} ${id}${parts.length > 0 ? `  ${parts.join("; ")}` : ""}`;
}
