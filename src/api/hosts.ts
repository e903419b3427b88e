import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import type { Problem } from "../lib/guard.ts";
import { BOOT_HEADER, channelProblem } from "../protocol/channel.ts";
import { requireHost } from "./auth.ts";
import { paramOf, problemResponse, townOf } from "./problem.ts";

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
    // The town's own answer: a host that is not let in reads it as any other refusal.
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
