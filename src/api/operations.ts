/** The routes of commands and queries, made from their registries. */
import { type Context, Hono } from "hono";
import type { Invitation } from "../commands/define.ts";
import { commands } from "../commands/index.ts";
import type { Env } from "../dos/env.ts";
import { mintHostToken } from "../lib/host-token.ts";
import { type Operation, pathOf } from "../lib/operation.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { signingKeys } from "../lib/signed-token.ts";
import { queries } from "../queries/index.ts";
import { created } from "./http.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";
import { type Asked, evenFailing } from "./storage.ts";

type C = Context<{ Bindings: Env }>;
/** As the routes see it. */
type Command = Operation &
  Pick<(typeof commands)[number], "name"> & { location?(answer: never): string; invites?(input: never): string };
type Query = Operation & Pick<(typeof queries)[number], "name"> & Partial<Pick<Asked, "failing">>;

export const operationRoutes = new Hono<{ Bindings: Env }>();

for (const query of queries as readonly Query[])
  operationRoutes.get(routeOf(query), async (c) => {
    const input = await carried(c, query);
    const { failing } = query;
    const answer = failing
      ? await evenFailing(c.env, paramOf(c, "town"), { ...query, failing, input })
      : unwrap(await townOf(c).query(query.name, input));
    return query.outputType === undefined
      ? c.json(answer as object)
      : c.body(answer as string, 200, { "content-type": query.outputType });
  });

for (const command of commands as readonly Command[])
  operationRoutes.on(command.method, routeOf(command), async (c) => {
    const input = await carried(c, command);
    const town = command.founds ? c.env.TOWN.getByName((input as { name: string }).name) : townOf(c);
    const invited = command.invites ? await invitationOf(c, command.invites(input as never)) : null;
    const meta = invited ? { tokenHash: await sha256Hex(invited.token) } : {};
    const answer = { ...(unwrap(await town.execute(command.name, input, meta)) as object), ...invited };
    if (command.status !== 201) return c.json(answer);
    return command.location ? created(c, answer, command.location(answer as never)) : c.json(answer, 201);
  });

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
    ...(query ? (queryOf(c, query) as object) : {}),
    ...(body ? (parse(body, await bodyOf(c, how)) as object) : {}),
  };
}

const bodyOf = (c: C, { bodyType, emptyBody }: Pick<Operation, "bodyType" | "emptyBody">): Promise<unknown> =>
  bodyType === undefined ? readJson(c, emptyBody ? {} : undefined) : c.req.text();

/** A token of this host, and where it joins with it. */
async function invitationOf(c: C, host: string): Promise<Invitation> {
  const town = paramOf(c, "town");
  const token = await mintHostToken(signingKeys(c.env), { town, host });
  return { token, join: `${c.env.PUBLIC_URL}/v1/towns/${town}/hosts/${host}` };
}
