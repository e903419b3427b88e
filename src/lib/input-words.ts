/**
 * What is wrong with an input, and what it takes, in a few words that follow the name of the field. Programs that import this have them:
 * requests that are refused, and facts that are set aside.
 */
import { z } from "zod";
import { counted } from "./text.ts";

type Issue = z.core.$ZodRawIssue;

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  bigint: "a whole number",
  boolean: "true or false",
  array: "a list",
  set: "a list",
  object: "an object",
  record: "an object",
  null: "null",
  nan: "no number",
};
const typeNamed = (type: string): string => TYPES[type] ?? `of the type ${type}`;

function typeOf(input: unknown): string {
  if (input === null) return "null";
  // A text that is no number came in as one: what it was is not known here.
  if (typeof input === "number") return Number.isNaN(input) ? "none" : String(input);
  return typeNamed(Array.isArray(input) ? "array" : typeof input);
}

const FORMATS: Record<string, string> = {
  url: "a URL",
  datetime: "a time such as 2026-01-31T12:00:00Z",
  uuid: "a UUID",
  regex: "written otherwise",
};

/** A bound of a text's length, a list's, or a number. */
function bound(
  issue: { origin?: string; inclusive?: boolean | undefined },
  limit: number | bigint,
  most: boolean,
): string {
  const [atLeast, beyond] = most ? ["at most", "less than"] : ["at least", "more than"];
  const { origin = "", inclusive = true } = issue;
  const isSized =
    origin === "string" || origin === "array" || origin === "set" || origin === "map" || origin === "record";
  if (!isSized) return `must be ${inclusive ? atLeast : beyond} ${limit}`;
  if (!most && Number(limit) === 1) return "must not be empty";
  const unit = origin === "string" ? counted(Number(limit), "character") : `${limit}`;
  return `must have ${atLeast} ${unit}${origin === "string" ? "" : " in it"}`;
}

/** A schema's own words go before these. Undefined: the library's own stay. */
function inputWords(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type": {
      const wanted = typeNamed(issue.expected);
      return issue.input === undefined
        ? `is missing: give ${wanted}`
        : `must be ${wanted}, and is ${typeOf(issue.input)}`;
    }
    case "invalid_value": {
      const values = issue.values.map((value) => String(value));
      if (issue.input === undefined) return `is missing: give ${values.join(" or ")}`;
      return `must be ${values.length === 1 ? "" : "one of "}${values.join(", ")}`;
    }
    case "too_small":
      return bound(issue, issue.minimum, false);
    case "too_big":
      return bound(issue, issue.maximum, true);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return `must be ${FORMATS[issue.format] ?? `in the format ${issue.format}`}`;
    case "unrecognized_keys":
      return `there is no ${issue.keys.slice(0, 5).join(", no ")} here: leave it out, or mend its name`;
    case "invalid_key":
      return "has a name in it that is not taken";
    case "invalid_element":
      return "has a value in it that is not taken";
    case "invalid_union":
      return oneOf(issue.errors);
    default:
      return undefined;
  }
}

/** Of several forms that are taken, what would make it each. */
function oneOf(errors: readonly (readonly z.core.$ZodIssue[])[] = []): string {
  const each = errors.flatMap(([first]) =>
    first ? [`${first.path.length > 0 ? `${first.path.join(".")} ` : ""}${first.message}`] : [],
  );
  if (each.length === 0) return "is none of what is taken here";
  return withSharedEnd([...new Set(each)]) ?? [...new Set(each)].join("; or ");
}

/** `must be a number or null, and is a text`: what it is need be said once. Null: they don't end alike. */
function withSharedEnd(each: readonly string[]): string | null {
  const parts = each.map((words) => /^must be (.+), and is (.+)$/.exec(words));
  const ends = new Set(parts.map((part) => part?.[2]));
  const [end] = ends;
  if (each.length < 2 || ends.size !== 1 || end === undefined) return null;
  return `must be ${parts.map((part) => part?.[1]).join(" or ")}, and is ${end}`;
}

z.config({ localeError: inputWords });
