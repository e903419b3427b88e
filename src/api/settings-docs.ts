/** docs/settings.md: every setting there is, with its default and its range as the schemas have them, and its effect in the words of `settings-words.ts`. */
import { z } from "zod";
import { changeHostCommand } from "../commands/change-host.ts";
import { changeTownCommand } from "../commands/change-town.ts";
import { agentChange, agentInput, rigChange, rigInput } from "../commands/inputs.ts";
import { defaultSettings, type Settings, settingsFields, settingsPatch } from "../lib/settings.ts";
import {
  AGENT,
  HOST,
  HOST_PROGRAM,
  RIG,
  START,
  TERMINAL,
  TOWN,
  TOWN_SETTINGS,
  WORKER,
  type Words,
} from "./settings-words.ts";

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  required?: string[];
  pattern?: string;
  default?: unknown;
  format?: string;
}

/** A setting, by its name within what it is of: `stall.nudgeMs`. */
export interface Setting {
  name: string;
  default: string;
  range: string;
}

const UNITS: readonly [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** In the largest unit that has no rest. */
function spanOf(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms >= each && ms % each === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}

const valueText = (name: string, value: unknown): string =>
  typeof value === "number" && name.endsWith("Ms") && value >= 1_000
    ? `\`${value}\` (${spanOf(value)})`
    : `\`${JSON.stringify(value)}\``;

function rangeOf(name: string, schema: Schema): string {
  const either = schema.anyOf ?? (Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : null);
  if (either) return [...new Set(either.map((one) => rangeOf(name, one)))].join(", or ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.type === "null") return "`null`";
  if (schema.type === "boolean") return "`true`, `false`";
  if (schema.type === "array") return `a list of texts${schema.maxItems ? `, ${schema.maxItems} at most` : ""}`;
  if (schema.type === "object") return objectRange(schema);
  return schema.type === "string" ? textRange(schema) : numberRange(name, schema);
}

function numberRange(name: string, { type, minimum, exclusiveMinimum, maximum }: Schema): string {
  const isWhole = type === "integer";
  const least =
    exclusiveMinimum === undefined
      ? rounded(minimum)
      : isWhole
        ? exclusiveMinimum + 1
        : `more than ${exclusiveMinimum}`;
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `${least} or more`;
  const most = name.endsWith("Ms") ? `${maximum} (${spanOf(maximum)})` : maximum;
  return `${isWhole ? "" : "a number, "}${least} to ${most}`;
}

const rounded = (value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : value;

function objectRange({ properties, additionalProperties: each }: Schema): string {
  if (properties) return `\`{${Object.keys(properties).join(", ")}}\``;
  const values = typeof each === "object" ? rangeOf("", each) : "values";
  return `an object, of each name: ${values}`;
}

const textRange = ({ format, maxLength, pattern }: Schema): string => {
  if (format === "date-time") return "a time";
  return `a text${maxLength ? ` of ${maxLength} characters at most` : pattern ? " (a wrong one is told how it is written)" : ""}`;
};

const jsonOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
const shapeOf = (schema: z.ZodType): Record<string, Schema> => jsonOf(schema).properties ?? {};

/** Those within others have names of their own. */
const flat = (shape: Record<string, Schema>, defaults: Record<string, unknown>, within = ""): Setting[] =>
  Object.entries(shape).flatMap(([name, schema]) => {
    const value = defaults[name];
    const full = within + name;
    if (schema.properties) return flat(schema.properties, (value ?? {}) as Record<string, unknown>, `${full}.`);
    const given = value === undefined ? "left out" : valueText(name, value);
    return [{ name: full, default: given, range: rangeOf(name, schema) }];
  });

/** What is given when it is made, and what may be changed of it. */
function ofThing(made: z.ZodType, changed: z.ZodType): Setting[] {
  const first = shapeOf(made);
  const { required = [] } = jsonOf(made);
  return Object.entries({ ...first, ...shapeOf(changed), ...first }).map(([name, schema]) => {
    const given = "default" in schema ? valueText(name, schema.default) : "left out";
    return { name, default: required.includes(name) ? "must be given" : given, range: rangeOf(name, schema) };
  });
}

const bodyOf = <Body extends z.ZodType>({ body }: { body?: Body }): Body => body as Body;

const takesNull = (schema: z.ZodType | undefined): boolean => schema?.safeParse(null).success ?? false;

/** Those of a town for which `null` is no value. */
const unsettable = (): string[] =>
  Object.entries(settingsPatch.shape)
    .filter(([name, schema]) => takesNull(schema) && !takesNull(settingsFields.shape[name as keyof Settings]))
    .map(([name]) => `\`${name}\``);

interface Part {
  title: string;
  about: string;
  settings: readonly Setting[];
  words: Words;
}

/** What is no part of any schema has its default and range in its words. */
const written = (words: Words): Setting[] =>
  Object.entries(words).map(([name, { default: given = "", range = "" }]) => ({ name, default: given, range }));

/** Each part, with the settings that the schemas have and the words that there are for them. */
export const parts = (): Part[] => [
  {
    title: "A town's settings",
    about:
      "`town set NAME=VALUE`, `PATCH /v1/towns/{town}` with `settings`, or `settings` in [town.yaml](town-file.md). A change holds for what begins after it. " +
      `\`null\` sets these back to their default: ${unsettable().join(", ")}.`,
    settings: flat(shapeOf(settingsFields), defaultSettings),
    words: TOWN_SETTINGS,
  },
  {
    title: "A town",
    about: "`town pause`, `town drain` and their ends, or `PATCH /v1/towns/{town}`.",
    settings: ofThing(z.strictObject({}), bodyOf(changeTownCommand).omit({ settings: true })),
    words: TOWN,
  },
  {
    title: "A rig",
    about: "`town rig add`, `town rig edit`, or `POST …/rigs` and `PATCH …/rigs/{rig}`.",
    settings: ofThing(rigInput, rigChange),
    words: RIG,
  },
  {
    title: "An agent",
    about:
      "`town agent add`, `town agent edit`, or `POST …/agents` and `PATCH …/agents/{agent}`. [agents.md](agents.md) has more of each.",
    settings: ofThing(agentInput, agentChange),
    words: AGENT,
  },
  {
    title: "A host that has joined",
    about: "`town host enable`, `town host disable`, or `PATCH …/hosts/{host}`.",
    settings: ofThing(z.strictObject({}), bodyOf(changeHostCommand)),
    words: HOST,
  },
  {
    title: "The Worker",
    about:
      "Secrets by `wrangler secret put NAME`, all others in `wrangler.toml` ([deploy.md](deploy.md)). `npm start` makes the secrets, and sets `HOST_URL` and `PUBLIC_URL` itself.",
    settings: written(WORKER),
    words: WORKER,
  },
  { title: "`npm start`", about: "`npm start -- --help` has the same flags.", settings: written(START), words: START },
  {
    title: "The host program",
    about: "`npm run host --`, as `town host add` prints it; in a container the image starts it.",
    settings: written(HOST_PROGRAM),
    words: HOST_PROGRAM,
  },
  {
    title: "The command `town`",
    about:
      "Variables of its environment. A flag goes before them, and they go before a context that is in use; [cli.md](cli.md) has all flags.",
    settings: written(TERMINAL),
    words: TERMINAL,
  },
];

/** docs/settings.md. @throws Error where a setting has no words, or words have no setting */
export function settingsMarkdown(): string {
  const sections = parts().map(({ title, about, settings, words }) => {
    const names = settings.map(({ name }) => name);
    const unknown = Object.keys(words).filter((name) => !names.includes(name));
    const wordless = names.filter((name) => !words[name]?.effect);
    if (unknown.length + wordless.length > 0)
      throw new Error(
        `src/api/settings-words.ts, ${title}: no words for ${wordless.join(", ")}; no setting ${unknown.join(", ")}`,
      );
    const rows = settings.map(({ name, range, ...setting }) => {
      const word = words[name];
      return `| \`${name}\` | ${word?.default ?? setting.default} | ${range} | ${word?.effect} |`;
    });
    return `## ${title}\n${about}\n\n| setting | default | range | effect |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Settings

Every setting there is. Made by \`npm run api\` from the schemas that read them, and from \`src/api/settings-words.ts\`. Names that end in \`Ms\` are milliseconds.

${sections.join("\n")}`;
}
