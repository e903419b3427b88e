/** What was sent, read and held to its schema; it is refused with what is wrong and what it takes. */
import type { z } from "zod";
import { isTooDeep, MAX_DEPTH } from "./depth.ts";
import { Refusal } from "./guard.ts";
import "./input-words.ts";
import { clip, ordinal } from "./text.ts";

/** What an input is called, and what is said where it is refused. */
interface Telling {
  /** Where an error is about all of it. */
  whole: string;
  hint: string;
  /** What was sent for a field, to be said with what it takes. */
  sent?: Readonly<Record<string, string>>;
}

export const BODY: Telling = { whole: "(body)", hint: "Each entry of `errors` names a field and what it takes." };

/** Characters shown of what was sent. */
const SENT_CHARS = 60;

/** A place as people count: `beads.3.title` is the title of the 4th of beads. */
function placeIn(path: readonly PropertyKey[]): string {
  const at = path.findIndex((each, index) => index > 0 && typeof each === "number");
  if (at === -1) return path.join(".");
  const rest = placeIn(path.slice(at + 1));
  return `the ${ordinal(Number(path[at]) + 1)} of ${path.slice(0, at).join(".")}${rest && `, ${rest}`}`;
}

/** Input is parsed here and nowhere behind. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, telling: Telling = BODY): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { whole, hint, sent = {} } = telling;
  const errors = result.error.issues.map(({ path, message }) => {
    // What is wrong within a text of the query is said of that text.
    const [name] = path.map(String);
    const field = name !== undefined && Object.hasOwn(sent, name) ? name : path.join(".");
    const was = Object.hasOwn(sent, field) ? `, and is ${JSON.stringify(clip(sent[field] ?? "", SENT_CHARS))}` : "";
    return { path: field || whole, message: `${message}${was}`, of: field === name ? field : placeIn(path) };
  });
  const first = errors[0] as (typeof errors)[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  throw new Refusal({
    status: 422,
    code: "invalid_input",
    detail: `${first.of || whole}: ${first.message}${more}`,
    hint,
    errors: errors.map(({ path, message }) => ({ path, message })),
  });
}

/** @throws Refusal 400, 422 */
export function readBody(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal({
      status: 400,
      code: "invalid_json",
      detail: "The body is not JSON.",
      hint: "Send a JSON object with content-type: application/json.",
    });
  }
  if (!isTooDeep(body)) return body;
  const detail = `The body is nested more than ${MAX_DEPTH} levels deep.`;
  throw new Refusal({ status: 422, code: "too_deep", detail, hint: "Send it flatter, or as a text." });
}
