import type { Context } from "hono";
import { z } from "zod";
import type { Env } from "../dos/env.ts";
import type { Result } from "../dos/result.ts";
import { isTooDeep, MAX_DEPTH } from "../lib/depth.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import "../lib/input-words.ts";
import { clip } from "../lib/text.ts";
import { slug } from "../protocol/common.ts";
import { requireJsonType } from "./json-type.ts";

const TITLES: Record<Problem["status"], string> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  410: "Gone",
  412: "Changed since",
  413: "Too large",
  415: "Wrong type of body",
  422: "Can't be done",
  428: "Made for which version?",
  429: "Too many requests",
  500: "Internal error",
  503: "Unavailable",
};

/** How one proves who one is: RFC 6750. */
const CHALLENGE = 'Bearer realm="townkeeper"';

/** RFC 9457, with a stable `code`, whether a retry can help, and how to mend it. */
export function problemResponse(
  { status, code, detail, hint, retryable, errors }: Problem,
  extra: object = {},
): Response {
  const body = {
    type: `urn:townkeeper:problem:${code}`,
    title: TITLES[status],
    status,
    code,
    detail,
    hint,
    retryable: retryable ?? status >= 500,
    errors,
    ...extra,
  };
  const headers = {
    "content-type": "application/problem+json",
    ...(status === 401 && { "www-authenticate": CHALLENGE }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** How a body is refused for its size, while it is read. */
export const tooLarge = (maxSize: number) => ({
  maxSize,
  onError: () =>
    problemResponse({
      status: 413,
      code: "too_large",
      detail: `The body is over ${maxSize} bytes.`,
      hint: "Send it in parts.",
    }),
});

/** What an input is called, and what is said where it is refused. */
interface Telling {
  /** Where an error is about all of it. */
  whole: string;
  hint: string;
  /** What was sent for a field, to be said with what it takes. */
  sent?: Readonly<Record<string, string>>;
}

const BODY: Telling = { whole: "(body)", hint: "Each entry of `errors` names a field and what it takes." };

/** Characters shown of what was sent. */
const SENT_CHARS = 60;

/** Input is parsed here and nowhere behind. */
export function parse<S extends z.ZodType>(
  schema: S,
  value: unknown,
  { whole, hint, sent = {} }: Telling = BODY,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => {
    // What is wrong within a text of the query is said of that text.
    const [name] = path.map(String);
    const field = name !== undefined && Object.hasOwn(sent, name) ? name : path.join(".");
    const was = Object.hasOwn(sent, field) ? `, and is ${JSON.stringify(clip(sent[field] ?? "", SENT_CHARS))}` : "";
    return { path: field || whole, message: `${message}${was}` };
  });
  const first = errors[0] as { path: string; message: string };
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  throw new Refusal({
    status: 422,
    code: "invalid_input",
    detail: `${first.path}: ${first.message}${more}`,
    hint,
    errors,
  });
}

/** What stands in the path at `:name`; an error names it as `{name} in the path`. */
export const paramOf = <S extends z.ZodType = typeof slug>(c: Context, name: string, schema?: S): z.output<S> =>
  parse(schema ?? slug, c.req.param(name), { ...BODY, whole: `{${name}} in the path` }) as z.output<S>;

/** Of an address that takes no words behind the `?`. */
export const NO_QUERY = z.strictObject({});

/**
 * What stands behind the `?`. A word that is not taken is refused: who sends one believes that it does something. So is one that comes
 * twice, since only one of them would be heard.
 *
 * @param words all that the address takes, where another operation there takes more
 */
export function queryOf<S extends z.ZodType>(c: Context, schema: S, words = () => namesOf(schema)): z.output<S> {
  // One without a name too, which Hono passes over.
  const pairs = [...new URL(c.req.url).searchParams];
  const queries = [...Map.groupBy(pairs, ([name]) => name)].map(
    ([name, all]) => [name, all.map(([, value]) => value)] as const,
  );
  const given = Object.fromEntries(queries.map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
  const sent = Object.fromEntries(queries.map(([name, values]) => [name, values.join(", ")]));
  const hint = `After the \`?\` this address takes ${
    words()
      .map((name) => `\`${name}=\``)
      .join(", ") || "nothing"
  }.`;
  return parse(schema, given, { whole: "(query)", hint, sent });
}

const namesOf = (schema: z.ZodType): string[] => Object.keys((schema as { shape?: object }).shape ?? {});

/** For an address that takes none. @throws Refusal 422 */
export const refuseQuery = (c: Context): void => void queryOf(c, NO_QUERY);

/** The town that the path names. */
export const townOf = (c: Context<{ Bindings: Env }>) => c.env.TOWN.getByName(paramOf(c, "town"));

/** @param absent what an empty body stands for, where one may be left out */
export async function readJson(c: Context, absent?: unknown): Promise<unknown> {
  requireJsonType(c);
  const text = await c.req.text();
  if (absent !== undefined && text.trim() === "") return absent;
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

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.problem);
}
