import { type Context, Hono } from "hono";
import type { Env } from "../dos/env.ts";
import type { Problem } from "../lib/guard.ts";
import { mintHostToken } from "../lib/host-token.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { signingKeys } from "../lib/signed-token.ts";
import { BOOT_HEADER, channelProblem } from "../protocol/channel.ts";
import { requireHost } from "./auth.ts";
import { hostChangeBody, hostInput, hostTakeoverBody, removalQuery } from "./contract.ts";
import { created } from "./http.ts";
import { paramOf, parse, problemResponse, queryOf, readJson, townOf, unwrap } from "./problem.ts";

type C = Context<{ Bindings: Env }>;

/** A token of this host, and where it joins with it. */
async function invitation(c: C, host: string) {
  const town = paramOf(c, "town");
  const token = await mintHostToken(signingKeys(c.env), { town, host });
  return { token, join: `${c.env.PUBLIC_URL}/v1/towns/${town}/hosts/${host}` };
}

/** Somebody's own machines, which join a town. */
export const hosts = new Hono<{ Bindings: Env }>()
  .post("/:town/hosts", async (c) => {
    const { id } = parse(hostInput, await readJson(c));
    const told = await invitation(c, id);
    const added = unwrap(await townOf(c).addHost({ id, tokenHash: await sha256Hex(told.token) }));
    return created(c, { ...added, ...told }, id);
  })
  .post("/:town/hosts/:host/token", async (c) => {
    const host = paramOf(c, "host");
    const told = await invitation(c, host);
    const renewed = unwrap(await townOf(c).renewHost({ host, tokenHash: await sha256Hex(told.token) }));
    return c.json({ ...renewed, ...told }, 201);
  })
  .get("/:town/hosts/:host", async (c) => c.json(unwrap(await townOf(c).host(paramOf(c, "host")))))
  .get("/:town/hosts", async (c) => c.json({ items: unwrap(await townOf(c).hosts()) }))
  .patch("/:town/hosts/:host", async (c) => {
    const host = paramOf(c, "host");
    return c.json(unwrap(await townOf(c).changeHost({ host, ...parse(hostChangeBody, await readJson(c)) })));
  })
  .post("/:town/hosts/:host/takeover", async (c) => {
    const takeover = { host: paramOf(c, "host"), ...parse(hostTakeoverBody, await readJson(c)) };
    return c.json(unwrap(await townOf(c).takeOverHost(takeover)));
  })
  .delete("/:town/hosts/:host", async (c) => {
    const removal = { host: paramOf(c, "host"), ...queryOf(c, removalQuery) };
    return c.json(unwrap(await townOf(c).removeHost(removal)));
  });

/** Where a host dials in, with the token of its own: `GET …/hosts/{host}/channel`, upgraded to a WebSocket. */
export const channels = new Hono<{ Bindings: Env }>().get("/:town/hosts/:host/channel", async (c) => {
  const claims = { town: paramOf(c, "town"), host: paramOf(c, "host") };
  // Without an upgrade a host asks why it was not let in.
  if (c.req.header("upgrade")?.toLowerCase() === "websocket" || c.req.header(BOOT_HEADER)) {
    // Before the town is asked: to ask it is to wake it, and to make it where there is none.
    await requireHost(c, claims);
    const answer = await townOf(c).fetch(c.req.raw);
    const problem = answer.ok || answer.status === 101 ? null : channelProblem.safeParse(await answer.json());
    if (!problem?.success) return answer;
    const { retryAfterMs, ...words } = problem.data;
    // The town's own answer: whoever is not let in reads it as any other refusal.
    const said = { status: answer.status, ...words } as Problem;
    return problemResponse({ ...said, retryable: retryAfterMs !== undefined }, { retryAfterMs });
  }
  return problemResponse({
    status: 422,
    code: "no_upgrade",
    detail: "This is where the host program dials in.",
    hint: "Run it with --join and the URL above /channel.",
  });
});
