/** What a schema takes, as fast-check makes it. Ids of what is there are left open until a request is sent: the town decides them. */
import fc, { type Arbitrary } from "fast-check";
import { deref, type Schema } from "./document.ts";

/** What ids may be of. */
const KINDS = [
  "town",
  "agent",
  "bead",
  "rig",
  "convoy",
  "host",
  "incident",
  "fence",
  "event",
  "id",
  "provider",
  "token",
  "webhook",
  "delivery",
] as const;
export type Kind = (typeof KINDS)[number];

/** Stands for the `n`th of what there is. */
export class Id {
  readonly kind: Kind;
  readonly n: number;

  constructor(kind: Kind, n: number) {
    this.kind = kind;
    this.n = n;
  }
}

const idOf = (kind: Kind): Arbitrary<unknown> => fc.nat(1_000).map((n) => new Id(kind, n));

/** Of which kind a field's text is, by what it is called, and by the path of its route where that decides. */
function kindOf(field: string, path: string): Kind | null {
  if (["parent", "on", "bead", "dependsOn"].includes(field)) return "bead";
  if (field === "members") return "bead";
  if (["add", "remove"].includes(field)) return /dependencies$|convoys/.test(path) ? "bead" : null;
  return KINDS.find((kind) => kind === field && kind !== "id" && kind !== "event") ?? null;
}

/** What patterns with look-around take: nothing makes up a text by those. */
const CANDIDATES = [
  "main",
  "feature/one",
  "town/",
  "work-",
  "src/db",
  "README.md",
  "https://example.com/app.git",
  "/nowhere.git",
  "ssh://git@example.com/app.git",
  "git@example.com:app.git",
  "https://other.example.com:8443/a/b.git",
];

/** Nobody listens there. */
const WEBHOOK_URLS = fc.constantFrom("https://hooks.example.com/a", "https://hooks.example.com:8443/?b=c");

/** New things get a few names, so that they meet. */
const names = fc.constantFrom("one", "two", "three", "four", "five-6", "a", "7");

function textOf(schema: Schema, field: string, path: string): Arbitrary<unknown> {
  const { pattern, format, minLength = 0, maxLength = 40 } = schema;
  const kind = kindOf(field, path);
  if (field === "url") return fc.oneof({ weight: 4, arbitrary: WEBHOOK_URLS }, { weight: 1, arbitrary: names });
  if (kind !== null) return fc.oneof({ weight: 9, arbitrary: idOf(kind) }, { weight: 1, arbitrary: names });
  if (format === "date-time")
    return fc
      .date({ min: new Date(0), max: new Date("2090-01-01"), noInvalidDate: true })
      .map((at) => at.toISOString());
  if (pattern?.includes("(?") && !pattern.includes("(?:self")) {
    const fit = CANDIDATES.filter((text) => new RegExp(pattern).test(text));
    if (fit.length > 0) return fc.constantFrom(...fit);
  }
  if (pattern?.startsWith("^[a-z0-9]+(-")) return names;
  if (pattern === "^[^\\0]*$" || !pattern) {
    const text = fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 30) });
    const plain = fc.constantFrom("a text", "work", "--force", "$(id)", "'; --", "<b>x</b>", "a\nb", "\u001b[31m");
    return fc.oneof(plain, text).filter((value) => !value.includes("\0") && value.length >= minLength);
  }
  return fc.stringMatching(new RegExp(pattern)).filter((value) => value.length <= (schema.maxLength ?? 200));
}

function numberOf(schema: Schema): Arbitrary<unknown> {
  const { minimum = -1_000, maximum = 1_000_000, exclusiveMinimum, type } = schema;
  if (type === "number")
    return fc.double({ min: exclusiveMinimum === undefined ? minimum : 0.01, max: maximum, noNaN: true });
  return fc.integer({
    min: exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1,
    max: Math.min(maximum, 2 ** 31 - 1),
  });
}

function objectOf(schema: Schema, path: string): Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const own = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, valueFor(property, name, path)]),
  );
  const known = fc.record(own, { requiredKeys: required as never[] });
  if (typeof additionalProperties !== "object" || Object.keys(properties).length > 0) return known;
  const value =
    Object.keys(additionalProperties).length > 0
      ? valueFor(additionalProperties, "", path)
      : fc.jsonValue({ maxDepth: 2 });
  const name = propertyNames?.pattern
    ? fc.constantFrom("A", "MY_VARIABLE", "_x9")
    : fc.constantFrom("a", "a key", "ключ");
  return fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
}

function listOf(schema: Schema, field: string, path: string): Arbitrary<unknown> {
  const { items, prefixItems, minItems = 0, maxItems = 3 } = schema;
  if (prefixItems) return fc.tuple(...prefixItems.map((each) => valueFor(each, field, path)));
  const each = items ? valueFor(items, field, path) : fc.jsonValue();
  return fc.array(each, { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });
}

/**
 * A value that the schema takes.
 *
 * @param field what it is called where it stands
 * @param path of its route
 */
export function valueFor(given: Schema, field: string, path: string): Arbitrary<unknown> {
  const schema = deref(given);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return fc.oneof(...either.map((each) => valueFor(each, field, path)));
  if (schema.allOf)
    return valueFor({ ...schema, allOf: undefined as never, ...mostTelling(schema.allOf) }, field, path);
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => valueFor({ ...schema, type }, field, path)));
  switch (schema.type) {
    case "string":
      return textOf(schema, field, path);
    case "integer":
    case "number":
      return field === "fence" ? idOf("fence") : numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return listOf(schema, field, path);
    case "object":
      return objectOf(schema, path);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Of several that all must hold, the one that says most. */
const mostTelling = (all: readonly Schema[]): Schema =>
  all.toSorted((a, b) => (b.pattern?.length ?? 0) - (a.pattern?.length ?? 0))[0] ?? {};

/** What stands in a path at this name. */
export function paramOf(name: string, schema: Schema, path: string): Arbitrary<unknown> {
  const kind = KINDS.find((each) => each === name);
  const other = textOf({ ...schema }, "", path);
  return kind ? fc.oneof({ weight: 12, arbitrary: idOf(kind) }, { weight: 1, arbitrary: other }) : other;
}
