/** What HTTP expects of every answer, on every route: RFC 9110, sections 8 to 11 and 15. */
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { Env } from "../dos/env.ts";
import { problemResponse } from "./problem.ts";

type App = Hono<{ Bindings: Env }>;

/** The client may name the request; other names than these are replaced. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;
const REQUEST_ID_HEADER = "x-request-id";

/** How an answer is called in the log and by a client that complains of it. It is made when it is needed: nothing waits for it before. */
export function requestIdOf(c: Context): string {
  const known = c.get(REQUEST_ID_HEADER) as string | undefined;
  if (known !== undefined) return known;
  const given = c.req.header(REQUEST_ID_HEADER) ?? "";
  const id = REQUEST_ID.test(given) ? given : crypto.randomUUID();
  c.set(REQUEST_ID_HEADER as never, id as never);
  return id;
}

/** Every answer has an id, is kept by no cache unless it says so, and is what its type says. */
export const manners: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  await next();
  // A switch of protocols has a socket with it, which a copy of the answer would lose.
  if (c.res.status === 101) return;
  const { headers } = withOwnHeaders(c);
  headers.set(REQUEST_ID_HEADER, requestIdOf(c));
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
};

/** The answer, whose headers may be set now; those of one that was fetched may not. Hono's `header` makes a new answer for each. */
export function withOwnHeaders(c: Context): Response {
  try {
    c.res.headers.delete(REQUEST_ID_HEADER);
  } catch {
    c.res = new Response(c.res.body, c.res);
  }
  return c.res;
}

/** A path without this method: 405 with those that it has; `OPTIONS` is told just that; an unknown path: 404. */
export function otherMethod(app: App): (c: Context) => Response {
  return (c) => {
    const allowed = methodsAt(app, c.req.path);
    const { method, path } = c.req;
    if (allowed.length === 0)
      return problemResponse({
        status: 404,
        code: "no_route",
        detail: `There is no ${method} ${path}.`,
        hint: "The API lives under /v1/towns; /docs lists it.",
      });
    const allow = allowed.join(", ");
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    const refused = problemResponse({
      status: 405,
      code: "method_not_allowed",
      detail: `${path} doesn't take ${method}.`,
      hint: `It takes ${allow}.`,
    });
    refused.headers.set("allow", allow);
    return refused;
  };
}

function methodsAt(app: App, path: string): string[] {
  const methods = app.routes.filter((route) => route.method !== "ALL" && patternOf(route.path).test(path));
  const named = new Set(methods.map(({ method }) => method));
  if (named.size === 0) return [];
  if (named.has("GET")) named.add("HEAD");
  return [...named, "OPTIONS"].sort();
}

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split("/")
      .map((part) => (part.startsWith(":") ? "[^/]+" : part.replace(/[^\w-]/g, "\\$&")))
      .join("/")}/?$`,
  );

/** 201, and where what was made is found. @param id null: what was made says so itself */
export function created<T extends object>(c: Context, made: T, id: string) {
  return c.json(made, 201, { location: `${c.req.path.replace(/\/$/, "")}/${id}` });
}
