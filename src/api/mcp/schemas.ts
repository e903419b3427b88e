/** How the input of a tool is shown to a model: the contract's own schemas, without what only says no. The door reads by the whole of them, and its refusals say the rest. */
import { z } from "zod";
import { shownBy } from "../../queries/shown-by.ts";
import type { Json } from "../openapi.ts";
import type { Tool } from "./tools.ts";

/** What a field is, where its name says too little; at any depth, in every tool. */
const WORDS: Readonly<Record<string, string>> = {
  acceptance: "when it is done",
  bead: "its id, such as app-3",
  body: "what is to be done, in Markdown",
  branch: "lands there as a whole; left out: each bead on the default branch",
  by: "who says so",
  cursor: "nextCursor of the page before",
  dependsOn: "what must be closed first: ids, or refs of this call",
  held: "waits until an operator starts it",
  hold: "it waits until that is ended with null",
  idempotencyKey: "sent again within a day with the same input, it is done once",
  onFailure: "whether those that wait for a failed one go on waiting, or without it",
  parent: "the bead that it is a part of",
  priority: "0 (now) to 4 (some day), usually 2",
  ref: "a name within this call",
  rig: "the repository: list_rigs",
  startFrom: "`main`: a further try begins anew",
  touches: "paths that it is likely to change",
  version: "as show_bead told it; needed to change body, acceptance, labels, metadata",
  town: "left out: the only one that your token may see",
};

/** What the door asks for, and a model need not know before it gets it wrong. */
const LEFT_OUT = new Set([
  ...["$schema", "additionalProperties", "propertyNames", "default", "pattern", "format"],
  ...["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"],
]);

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function compact(schema: Json): Json {
  const { properties, items, anyOf, ...rest } = schema as Json & { properties?: Json; anyOf?: Json[] };
  const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !LEFT_OUT.has(key)));
  if (anyOf) return { ...eitherOf(anyOf.map(compact)), ...kept };
  return {
    ...kept,
    ...(properties && { properties: named(properties) }),
    ...(isObject(items) && { items: compact(items) }),
  };
}

/** `null` beside one other is a type more of that. */
function eitherOf(each: Json[]): Json {
  const [only, another] = each.filter(({ type }) => type !== "null");
  const hasNull = each.some(({ type }) => type === "null");
  if (!only || another || !hasNull || typeof only.type !== "string") return { anyOf: each };
  const { const: value, enum: values = value === undefined ? undefined : [value], ...rest } = only;
  return { ...rest, type: [only.type, "null"], ...(Array.isArray(values) && { enum: [...values, null] }) };
}

const named = (properties: Json): Json =>
  Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const shown = compact(schema as Json);
      const words = shown.description ?? WORDS[name];
      return [name, words === undefined ? shown : { ...shown, description: words }];
    }),
  );

const fieldsOf = (schema: z.ZodType): { properties?: Json; required?: string[] } =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as never;

const common = z.object({ town: z.string().optional() });
const once = z.object({ idempotencyKey: z.string().optional() });

const versioned = z.object({ version: z.string().optional() });

/** What is changed may have been changed by another. */
export const isVersioned = ({ operation }: Tool): boolean => shownBy(operation) !== undefined;

/** What makes something is worth doing once. */
export const isDoneOnce = ({ operation }: Tool): boolean => operation.status === 201;

interface Shown {
  type: "object";
  properties: Json;
  required?: string[];
}

/** They are the same for as long as this release runs. */
const made = new Map<string, Shown>();

/** @param isTownKnown the token is for one town, which need not be named */
export function inputSchemaOf(tool: Tool, isTownKnown: boolean): Shown {
  const name = `${tool.name} ${isTownKnown}`;
  const known = made.get(name) ?? schemaOf(tool, isTownKnown);
  made.set(name, known);
  return known;
}

function schemaOf(tool: Tool, isTownKnown: boolean): Shown {
  const { operation, own, ask, shown = {} } = tool;
  const { params, query, body } = operation;
  const parts = [
    ...(isTownKnown ? [] : [common]),
    ...(params ? [z.object(params)] : []),
    ...(query && !ask ? [query] : []),
    ...(body ? [body] : []),
    ...(own ? [own] : []),
    ...(isDoneOnce(tool) ? [once] : []),
    ...(isVersioned(tool) ? [versioned] : []),
  ].map(fieldsOf);
  const properties = { ...named(Object.assign({}, ...parts.map((part) => part.properties))), ...shown };
  const required = parts.flatMap((part) => part.required ?? []);
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}
