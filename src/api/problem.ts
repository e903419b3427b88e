import type { Context } from "hono";
import { z } from "zod";
import type { Env } from "../dos/env.ts";
import type { Result } from "../dos/result.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import { overBytes, problemBody } from "../lib/problem-body.ts";
import { BODY, parse, readBody } from "../lib/read-body.ts";
import { slug } from "../protocol/common.ts";
import { requireJsonType } from "./json-type.ts";

/** How one proves who one is: RFC 6750. */
const CHALLENGE = 'Bearer realm="townkeeper"';

/** RFC 9457, with a stable `code`, whether a retry can help, and how to mend it. */
export function problemResponse(problem: Problem, extra: object = {}): Response {
  const { status } = problem;
  const headers = {
    "content-type": "application/problem+json",
    ...(status === 401 && { "www-authenticate": CHALLENGE }),
  };
  return new Response(JSON.stringify({ ...problemBody(problem), ...extra }), { status, headers });
}

/** How a body is refused for its size, while it is read. */
export const tooLarge = (maxSize: number) => ({
  maxSize,
  onError: () => problemResponse(overBytes(maxSize)),
});

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
  if (!c.req.url.includes("?")) return parse(schema, {}, tellingOf(words));
  // One without a name too, which Hono passes over.
  const pairs = [...new URL(c.req.url).searchParams];
  const queries = [...Map.groupBy(pairs, ([name]) => name)].map(
    ([name, all]) => [name, all.map(([, value]) => value)] as const,
  );
  const given = Object.fromEntries(queries.map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
  const sent = Object.fromEntries(queries.map(([name, values]) => [name, values.join(", ")]));
  return parse(schema, given, tellingOf(words, sent));
}

/** Its hint is made where it is said. */
const tellingOf = (words: () => string[], sent: Readonly<Record<string, string>> = {}) => ({
  whole: "(query)",
  sent,
  get hint() {
    const taken = words().map((name) => `\`${name}=\``);
    return `After the \`?\` this address takes ${taken.join(", ") || "nothing"}.`;
  },
});

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
  return readBody(text);
}

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.problem);
}
