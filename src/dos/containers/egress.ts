import { exports } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { egressRules, outgoing } from "./egress-rules.ts";

/** The name under which a container reaches its town: it leads nowhere else, and needs no certificate. */
export const TOWN_HOST = "town.internal";

/** Reports, and what their senders may ask, go straight to the Worker, never over the internet; nothing else of it can be reached from a container. */
export async function toTown(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!["GET", "POST"].includes(request.method) || !/^\/v1\/towns\/[^/]+\/reports$/.test(pathname))
    return new Response("only reports are taken here", { status: 403 });
  return (exports as unknown as { default: Fetcher }).default.fetch(request);
}

/** Credentials are put on here, outside of the container: nothing in there could read them, or take them along. */
export async function withCredentials(request: Request, env: Env): Promise<Response> {
  const out = outgoing(new URL(request.url), egressRules(env.EGRESS_RULES));
  // A redirect is the container's to follow, or it would lead past the allow-list, and take the credentials along.
  if (!out) return fetch(request, { redirect: "manual" });
  if ("refused" in out) return new Response(`Townkeeper's egress: ${out.refused}`, { status: 403 });
  const headers = new Headers(request.headers);
  headers.delete("host");
  for (const [name, value] of out.headers) headers.set(name, value);
  const { method, body } = request;
  return fetch(out.url, { method, headers, body, redirect: "manual" });
}
