/** Where a town is followed, and what an attempt prints; below `/v1/towns`. */
import { type Context, Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { followLogQuery, followQuery, type Kind, wantedBy } from "../dos/following/messages.ts";
import { type Asked, requestOf } from "../dos/following/request.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import { parse } from "../lib/read-body.ts";
import { fenceParam } from "../queries/read-attempt.ts";
import { authorize, identityOf } from "./auth.ts";
import { eventsOf } from "./events.ts";
import { paramOf, queryOf, townOf } from "./problem.ts";
import { relayed } from "./relay.ts";
import { SESSION_MS } from "./session-text.ts";
import { EVENTS, followAttemptLog, followTown } from "./stream-operations.ts";

type C = Context<{ Bindings: Env }>;

/** What is seen of these takes a scope of its own. */
const WITH_METRICS: readonly Kind[] = ["health", "incident"];

export const streams = new Hono<{ Bindings: Env }>()
  .get("/:town/stream", async (c) => {
    authorize(c, followTown.scope, paramOf(c, "town"));
    const { scopes } = identityOf(c);
    const { after, ...query } = queryOf(c, followQuery);
    const wanted = wantedBy(query, (kind) => !WITH_METRICS.includes(kind) || scopes.includes("metrics:read"));
    return followed(c, { wanted, after: after ?? lastEventOf(c) });
  })
  .get("/:town/attempts/:fence/log", async (c, next) => {
    if (c.req.query("follow") === undefined && c.req.query("after") === undefined) return next();
    authorize(c, followAttemptLog.scope, paramOf(c, "town"));
    const fence = paramOf(c, "fence", fenceParam);
    // Who only reads what is kept goes on behind nothing.
    const { after } = queryOf(c, followLogQuery.required({ follow: true }));
    return followed(c, { fence, after: after ?? lastEventOf(c) ?? 0 });
  });

/** `EventSource` comes back with it by itself. */
function lastEventOf(c: C): number | null {
  const id = c.req.header("last-event-id");
  return id === undefined ? null : (parse(followQuery.shape.after, id) ?? null);
}

/** Followers, without what is the same for all of them. */
type Following<T = Asked> = T extends unknown ? Omit<T, "untilMs"> : never;

/** The town speaks by WebSocket alone, since it sleeps beside those; for who asks without an upgrade the Worker turns it into events. */
async function followed(c: C, following: Following): Promise<Response> {
  // Who only wants to know what would come keeps no socket open.
  if (c.req.method === "HEAD") return new Response(null, { headers: { "content-type": EVENTS } });
  const untilMs = untilOf(c);
  const answer = await townOf(c).fetch(requestOf(paramOf(c, "town"), { ...following, untilMs } as Asked));
  const socket = answer.webSocket;
  if (!socket) throw new Refusal((await answer.json()) as Problem);
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") return eventsOf(socket, untilMs);
  return untilMs === null ? answer : relayed(socket, untilMs, following.after ?? 0);
}

/**
 * What is followed with a token that may be revoked ends while that may have been: its follower comes back, and is asked for its token again.
 * The server's own token never ends, and neither does what is followed with it.
 */
function untilOf(c: C): number | null {
  const { actor, isSession, expiresAtMs } = identityOf(c);
  if (actor.type === "operator" && !isSession) return null;
  const lastMs = Date.now() + SESSION_MS;
  return expiresAtMs === null ? lastMs : Math.min(expiresAtMs, lastMs);
}
