import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { mintToken, sha256Hex } from "../lib/run-token.ts";
import { hostChangeBody, hostInput } from "./contract.ts";
import { paramOf, parse, problemResponse, readJson, townOf, unwrap } from "./problem.ts";

/** Somebody's own machines, which join a town. */
export const hosts = new Hono<{ Bindings: Env }>()
  .post("/:town/hosts", async (c) => {
    const { id } = parse(hostInput, await readJson(c));
    const token = mintToken("tkh_");
    const added = unwrap(await townOf(c).addHost({ id, tokenHash: await sha256Hex(token) }));
    return c.json({ ...added, token, join: `${c.env.PUBLIC_URL}/v1/towns/${paramOf(c, "town")}/hosts/${id}` }, 201);
  })
  .get("/:town/hosts", async (c) => c.json({ items: unwrap(await townOf(c).hosts()) }))
  .patch("/:town/hosts/:host", async (c) => {
    const host = paramOf(c, "host");
    return c.json(unwrap(await townOf(c).changeHost({ host, ...parse(hostChangeBody, await readJson(c)) })));
  })
  .delete("/:town/hosts/:host", async (c) => c.json(unwrap(await townOf(c).removeHost(paramOf(c, "host")))));

/** Where a host dials in, with the token of its own: `GET …/hosts/{host}/channel`, upgraded to a WebSocket. */
export const channels = new Hono<{ Bindings: Env }>().get("/:town/hosts/:host/channel", async (c) => {
  paramOf(c, "host");
  if (c.req.header("upgrade")?.toLowerCase() === "websocket") return townOf(c).fetch(c.req.raw);
  return problemResponse({
    status: 422,
    code: "no_upgrade",
    detail: "This is where the host program dials in.",
    hint: "Run it with --join and the URL above /channel.",
  });
});
