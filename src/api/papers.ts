/** The API described, as served: for programs and for people. No token is asked for, since nothing is said of any town. */
import { type Context, Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { docsHtml } from "./docs.ts";
import { openApi } from "./openapi.ts";
import { refuseQuery } from "./problem.ts";

/** Made when it is first asked for, and the same for as long as this release runs. */
const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const described = once(openApi);
const page = once(() => docsHtml(described()));

/** The page has one style sheet within it, and may load nothing. */
function policyOf(c: Context, nonce: string): void {
  c.header(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  );
  c.header("referrer-policy", "no-referrer");
}

export const papers = new Hono<{ Bindings: Env }>()
  .get("/openapi.json", (c) => {
    refuseQuery(c);
    return c.json(described());
  })
  .get("/docs", (c) => {
    refuseQuery(c);
    const nonce = crypto.randomUUID();
    policyOf(c, nonce);
    return c.html(page()(nonce));
  });
