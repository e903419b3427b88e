/** The routes of commands and queries, made from their registries. */
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { Invitation, Once } from "../commands/define.ts";
import { commands } from "../commands/index.ts";
import type { Env } from "../dos/env.ts";
import { ANSWERED_MS, wasRemoved } from "../dos/town-end.ts";
import { mintHostToken } from "../lib/host-token.ts";
import { NEXT_CURSOR, type Operation, pathOf, type TextPage } from "../lib/operation.ts";
import { parse } from "../lib/read-body.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { serialFrom, signingKeys } from "../lib/signed-token.ts";
import { newWebhookSecret } from "../lib/standard-webhooks.ts";
import { versionOf } from "../lib/version.ts";
import { queries } from "../queries/index.ts";
import { fieldsOf, shownBy } from "../queries/shown-by.ts";
import { authorize } from "./auth.ts";
import { refuseCursorOfOther, withMark } from "./cursors.ts";
import { created } from "./http.ts";
import { requireLinesType } from "./json-type.ts";
import { metaOf } from "./meta.ts";
import { NO_QUERY, paramOf, queryOf, readJson, townOf, unwrap } from "./problem.ts";
import { askTown, type Question } from "./storage.ts";
import { streamOperations } from "./stream-operations.ts";
import { enlist } from "./towns.ts";

type C = Context<{ Bindings: Env }>;
/** As the routes see it. */
type Command = Operation &
  Pick<(typeof commands)[number], "name"> & {
    location?(answer: never): string;
    invites?(input: never): string;
    makesSecret?: true;
  };
type Query = Operation & Question;

export const operationRoutes = new Hono<{ Bindings: Env }>();

for (const query of queries as readonly Query[])
  operationRoutes.get(routeOf(query), async (c) => {
    authorize(c, query.scope, paramOf(c, "town"));
    const input = await carried(c, query);
    const list = { path: c.req.path, words: c.req.query() };
    refuseCursorOfOther(list);
    const ask = async (more: object = {}) =>
      withMark(await askTown(c.env, paramOf(c, "town"), query, { ...input, ...more }), list);
    const answer = await ask();
    const changedBy = changes.find(({ path }) => path === query.path);
    if (changedBy) c.header("etag", versionOf(answer as object, fieldsOf(changedBy)));
    if (query.outputType === undefined) return c.json(answer as object);
    if (typeof answer === "string") return c.body(answer, 200, { "content-type": query.outputType });
    const after = async (cursor: string) =>
      (await ask(parse(query.query as z.ZodType<object>, { ...c.req.query(), cursor }))) as TextPage;
    return textOf(query.outputType, answer as TextPage, isByPage(input) ? null : after);
  });

for (const command of commands as readonly Command[])
  operationRoutes.on(command.method, routeOf(command), async (c) => {
    authorize(c, command.scope, command.founds ? null : paramOf(c, "town"));
    const input = await carried(c, command);
    const meta = await metaOf(c, command, input);
    const town = command.founds ? c.env.TOWN.getByName((input as { name: string }).name) : townOf(c);
    const invited = command.invites ? await invitationOf(c, command.invites(input as never), meta.once) : null;
    if (invited) meta.tokenHash = await sha256Hex(invited.token);
    const told = command.makesSecret ? { secret: await webhookSecretOf(c, meta.once) } : null;
    if (told) meta.webhookSecret = told.secret;
    const execute = async () => unwrap(await town.execute(command.name, input, meta)) as object;
    const answer = { ...(command.founds ? await inPlaceOf(execute) : await execute()), ...invited, ...told };
    if (command.founds) await enlist(c, (input as { name: string }).name);
    if (shownBy(command)) c.header("etag", versionOf(answer, fieldsOf(command)));
    if (command.status !== 201) return c.json(answer);
    return command.location ? created(c, answer, command.location(answer as never)) : c.json(answer, 201);
  });

/** Commands that change what a query shows. */
const changes = (commands as readonly Command[]).filter((command) => shownBy(command));

/** Whether a client goes from page to page itself. */
const isByPage = (input: { limit?: unknown; cursor?: unknown }) =>
  input.limit !== undefined || input.cursor !== undefined;

/** @param after reads the page there. Null: the first is all that is asked for */
function textOf(type: string, first: TextPage, after: ((cursor: string) => Promise<TextPage>) | null): Response {
  const headers = { "content-type": type };
  const { text, nextCursor } = first;
  if (!after)
    return new Response(text, { headers: nextCursor === null ? headers : { ...headers, [NEXT_CURSOR]: nextCursor } });
  let page: TextPage | null = first;
  const pages = new ReadableStream<string>({
    async pull(controller) {
      if (page === null) return controller.close();
      controller.enqueue(page.text);
      page = page.nextCursor === null ? null : await after(page.nextCursor);
    },
  });
  return new Response(pages.pipeThrough(new TextEncoderStream()), { headers });
}

/** As hono writes it: `/v1/towns/:town/beads/:bead`. */
function routeOf(operation: Pick<Operation, "path" | "founds">): string {
  return pathOf(operation).replaceAll(/\{(\w+)\}/g, ":$1");
}

/** All that a request carries, read by its schemas: here and nowhere behind. */
async function carried(c: C, { params = {}, query, body, founds = false, ...how }: Operation): Promise<object> {
  if (!founds) paramOf(c, "town");
  const inPath = Object.entries(params).map(([name, schema]) => [name, paramOf(c, name, schema)]);
  return {
    ...Object.fromEntries(inPath),
    ...(queryOf(c, query ?? NO_QUERY, () => wordsAt(how)) as object),
    ...(body ? (parse(body, await bodyOf(c, how)) as object) : {}),
  };
}

/** What an address takes behind the `?`: one that is followed takes more than the query there. */
const wordsAt = ({ method, path }: Pick<Operation, "method" | "path">): string[] =>
  [...queries, ...commands, ...streamOperations]
    .filter((operation: Operation) => operation.method === method && operation.path === path)
    .flatMap(({ query }: Operation) => Object.keys((query as { shape?: object } | undefined)?.shape ?? {}));

function bodyOf(c: C, { bodyType, emptyBody }: Pick<Operation, "bodyType" | "emptyBody">): Promise<unknown> {
  if (bodyType === undefined) return readJson(c, emptyBody ? {} : undefined);
  requireLinesType(c);
  return c.req.text();
}

/** A town that is made while another of its name ends is made behind it. */
const inPlaceOf = <T>(make: () => Promise<T>): Promise<T> =>
  make().catch(async (error: unknown) => {
    if (!wasRemoved(error)) throw error;
    await scheduler.wait(ANSWERED_MS);
    return make();
  });

/** A token of this host, and where it joins with it. A request that is sent again is told the same. */
async function invitationOf(c: C, host: string, once: Once | undefined): Promise<Invitation> {
  const town = paramOf(c, "town");
  const keys = signingKeys(c.env);
  const token = await mintHostToken(
    keys,
    { town, host },
    once && (await serialFrom(keys, `${once.key} ${once.print}`)),
  );
  return { token, join: `${c.env.PUBLIC_URL}/v1/towns/${town}/hosts/${host}` };
}

/** A request that is sent again is told the same, which is kept nowhere but where it signs. */
async function webhookSecretOf(c: C, once: Once | undefined): Promise<string> {
  const request = once && `${once.key} ${once.print}`;
  return newWebhookSecret(
    request === undefined ? undefined : await serialFrom(signingKeys(c.env), `webhook ${request}`),
  );
}
