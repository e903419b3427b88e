/** A tool is used: its input is read by the schemas of its operation, and its town is asked as by any other way. */
import type { Context } from "hono";
import { z } from "zod";
import type { CommandName } from "../../commands/index.ts";
import type { Env } from "../../dos/env.ts";
import { isTooDeep, MAX_DEPTH } from "../../lib/depth.ts";
import { refusal } from "../../lib/guard.ts";
import { namesIn } from "../../lib/operation.ts";
import { parse } from "../../lib/read-body.ts";
import { slug } from "../../protocol/common.ts";
import { authorize, identityOf, requireScope } from "../auth.ts";
import { refuseCursorOfOther, withMark } from "../cursors.ts";
import { onceWith, originOf, refuseBlind } from "../meta.ts";
import { unwrap } from "../problem.ts";
import { askTown, type Question } from "../storage.ts";
import { theRegistry } from "../verified.ts";
import { inputSchemaOf, isDoneOnce, isVersioned } from "./schemas.ts";
import type { Tool } from "./tools.ts";

type C = Context<{ Bindings: Env }>;
type Given = Record<string, unknown>;

/** As the header `Idempotency-Key`, which no client of MCP can set for one call. */
const key = z
  .string()
  .regex(/^[\x21\x23-\x7e]{1,200}$/, "must be 1 to 200 characters of ASCII without spaces, such as a UUID")
  .optional();
/** As the header `If-Match`, of one version. */
const version = z
  .string()
  .regex(/^(?:[0-9a-z]{1,12}|\*)$/, "must be the version that show_bead tells, or * for any")
  .optional();
const nothing = z.strictObject({});

/** Which town is meant, by a token that may use this tool there; and what else was given. @throws Refusal */
export async function meant(c: C, tool: Tool, given: unknown): Promise<{ town: string; rest: Given }> {
  requireScope(c, tool.operation.scope);
  const { town: named, ...rest } = parse(z.record(z.string(), z.unknown()), given ?? {}, tellingOf(tool));
  if (isTooDeep(rest)) {
    const detail = `The arguments are nested more than ${MAX_DEPTH} levels deep.`;
    throw refusal(422, "too_deep", detail, "Send them flatter, or as a text.");
  }
  const town = await townMeant(c, named);
  authorize(c, tool.operation.scope, town);
  return { town, rest };
}

/** @throws Refusal */
export async function call(c: C, tool: Tool, town: string, given: Given): Promise<unknown> {
  const { operation, own, ask, told } = tool;
  const [ours, theirs] = split(given, Object.keys(own?.shape ?? {}));
  const mine = own ? (parse(own, ours, tellingOf(tool, ours)) as object) : {};
  if (ask) {
    parse(nothing, theirs, tellingOf(tool));
    return ask((more) => read(c, tool, town, more as Given), mine as never);
  }
  const answer = operation.method === "GET" ? await read(c, tool, town, theirs) : await execute(c, tool, town, theirs);
  return told ? told(answer as never, mine as never) : answer;
}

/** A cursor is as good by this way as by another. */
async function read(c: C, tool: Tool, town: string, given: Given): Promise<unknown> {
  const input = carried(tool, given);
  const [inPath, words] = split(given, namesIn(tool.operation.path));
  const list = { path: `/v1/towns/${town}${filled(tool, inPath)}`, words: asTexts(words) };
  refuseCursorOfOther(list);
  return withMark(await askTown(c.env, town, tool.operation as Question, input), list);
}

async function execute(c: C, tool: Tool, town: string, given: Given): Promise<unknown> {
  const { name } = tool.operation;
  const input = carried(tool, given);
  const once = isDoneOnce(tool)
    ? parse(key, given.idempotencyKey, { ...tellingOf(tool), whole: "idempotencyKey" })
    : undefined;
  const seen = isVersioned(tool) ? parse(version, given.version, { ...tellingOf(tool), whole: "version" }) : undefined;
  if (seen === undefined)
    refuseBlind(tool.operation, input, "Read it with show_bead, and send its version; * writes over what is there.");
  const meta = {
    origin: originOf(c, "mcp", filled(tool, input as Given)),
    ...(once !== undefined && { once: await onceWith(c, once, name, input) }),
    ...(seen !== undefined && { ifMatch: [seen === "*" ? seen : `"${seen}"`] }),
  };
  return unwrap(await c.env.TOWN.getByName(town).execute(name as CommandName, input, meta));
}

/** Where it is asked for by HTTP, below the town. */
const filled = ({ operation }: Tool, given: Given): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, param: string) => String(given[param]));

/** As its operation carries it: what stands in a path or behind a `?` is a text there. */
function carried(tool: Tool, given: Given): object {
  const { path, params = {}, query, body } = tool.operation;
  const telling = tellingOf(tool, given);
  const [inPath, others] = split(given, namesIn(path));
  const [, rest] = split(others, [
    ...(isDoneOnce(tool) ? ["idempotencyKey"] : []),
    ...(isVersioned(tool) ? ["version"] : []),
  ]);
  const read = parse(z.strictObject(params), asTexts(inPath), telling) as object;
  return { ...read, ...(parse(body ?? query ?? nothing, body ? rest : asTexts(rest), telling) as object) };
}

const asTexts = (given: Given): Given =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === "number" ? String(value) : value]),
  );

/** Those of these names, and the others. */
const split = (given: Given, names: readonly string[]): [Given, Given] => {
  const entries = Object.entries(given);
  return [
    Object.fromEntries(entries.filter(([name]) => names.includes(name))),
    Object.fromEntries(entries.filter(([name]) => !names.includes(name))),
  ];
};

/** @param given what of it is said again where it is refused: short ones, which are no lists */
function tellingOf(tool: Tool, given: Given = {}) {
  const { properties, required = [] } = inputSchemaOf(tool, false);
  const names = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
  const sent = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
  return { whole: "(arguments)", hint: `${tool.name} takes ${names.join(", ")}.`, sent };
}

/** So many are named where one must be chosen. */
const NAMED = 20;

/** The one that is named, or the only one that there is for this token. @throws Refusal 422 */
async function townMeant(c: C, named: unknown): Promise<string> {
  const { towns } = identityOf(c);
  if (named !== undefined) return parse(slug, named, { whole: "town", hint: "Give the name of a town." });
  if (towns !== "*" && towns.length === 1) return towns[0] as string;
  const listed = await theRegistry(c.env.REGISTRY).listTowns({
    limit: NAMED,
    after: "",
    among: towns === "*" ? null : towns,
    removed: false,
  });
  const [only, another] = listed.map(({ name }) => name);
  if (only === undefined)
    throw refusal(404, "town_not_found", "There is no town that your token may see.", "POST /v1/towns makes one.");
  if (another === undefined) return only;
  const names = listed.map(({ name }) => name).join(", ");
  const more = listed.length === NAMED ? ", …" : "";
  throw refusal(422, "invalid_input", "town: is missing, and there are several.", `Give one of them: ${names}${more}.`);
}
