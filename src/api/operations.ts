/** The routes of commands and queries, made from their registries. */
import { type Context, Hono } from "hono";
import { commands } from "../commands/index.ts";
import type { Env } from "../dos/env.ts";
import type { Operation } from "../lib/operation.ts";
import { queries } from "../queries/index.ts";
import { created } from "./http.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";

type C = Context<{ Bindings: Env }>;

export const operationRoutes = new Hono<{ Bindings: Env }>();

for (const { name, ...query } of queries)
  operationRoutes.get(routeOf(query), async (c) =>
    c.json(unwrap(await townOf(c).query(name, await carried(c, query))) as object),
  );

for (const command of commands)
  operationRoutes.on(command.method, routeOf(command), async (c) => {
    const answer = unwrap(await townOf(c).execute(command.name, await carried(c, command))) as object;
    if (command.status !== 201) return c.json(answer);
    return command.location ? created(c, answer, command.location(answer as never)) : c.json(answer, 201);
  });

/** As hono writes it: `/:town/beads/:bead`. */
function routeOf({ path }: Pick<Operation, "path">): string {
  return `/:town${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
}

/** All that a request carries, read by its schemas: here and nowhere behind. */
async function carried(c: C, { params = {}, query, body, emptyBody }: Omit<Operation, "name">): Promise<object> {
  paramOf(c, "town");
  const inPath = Object.entries(params).map(([name, schema]) => [name, paramOf(c, name, schema)]);
  return {
    ...Object.fromEntries(inPath),
    ...(query ? (queryOf(c, query) as object) : {}),
    ...(body ? (parse(body, await readJson(c, emptyBody ? {} : undefined)) as object) : {}),
  };
}
