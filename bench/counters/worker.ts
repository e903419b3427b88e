/**
 * The Worker with a town that counts: each route does what it measures in an object of its own, and answers with the counts. What
 * else is asked for is answered as by the product.
 */
import type { Env } from "../../src/dos/env.ts";
import worker from "../../src/worker.ts";
import { measureFloor } from "./floor.ts";
import { fillTown } from "./full-town.ts";
import { measureGrowth, measureLife } from "./life.ts";
import { findScans } from "./scans.ts";
import type { CountersEnv } from "./stage.ts";
import { measureTicks } from "./tick.ts";

export { AgentContainer, ContainerProxy, Courier, Registry, Watchtower } from "../../src/worker.ts";
export { WatchedTown as TownDO } from "./watched-town.ts";

export default {
  ...worker,
  async fetch(request: Request, env: CountersEnv, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith("/v1/")) return worker.fetch(request, env as unknown as Env, ctx);
    if (pathname === "/stirred")
      return Response.json(await env.TOWN.getByName(searchParams.get("town") ?? "").stirred());
    const history = Number(searchParams.get("history") ?? 0);
    if (pathname === "/tick")
      return Response.json(await measureTicks(env, history, Number(searchParams.get("agents") ?? 10)));
    if (pathname === "/life") return Response.json(await measureLife(env, history));
    if (pathname === "/growth") return Response.json(await measureGrowth(env));
    if (pathname === "/scans") return Response.json(await findScans(env));
    if (pathname === "/full")
      return Response.json(
        await fillTown(env, history, Number(searchParams.get("open") ?? 0), Number(searchParams.get("idle") ?? 0)),
      );
    if (pathname === "/floor") return Response.json(await measureFloor(env, history));
    return new Response("no such measure", { status: 404 });
  },
};
