/**
 * The page: its built files, and a policy that lets it load nothing but them. The same in production, where the platform keeps the
 * files, and under `npm start`, where workerd reads them from the disk. No token is asked for, since nothing is said of any town.
 */
import { type Context, Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { Refusal } from "../lib/guard.ts";

type C = Context<{ Bindings: Env }>;

/** What the build makes, each with a hash of its content in its name. */
const FILE = /^[\w-]+\.[\w-]+\.(js|css|svg)$/;
const TYPES: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  // A new release is seen at the next look.
  "cache-control": "no-cache",
};
const FILE_HEADERS = {
  "cache-control": "public, max-age=31536000, immutable",
  "cross-origin-resource-policy": "same-origin",
};

export const page = new Hono<{ Bindings: Env }>();

// Each address of the page is the page, which reads in it what to show.
for (const path of ["/", "/t/*"])
  page.get(path, async (c) => {
    const html = await (await built(c, "index.html", PAGE_HEADERS)).text();
    return new Response(
      html.replace("<title>", (title) => `${toldOf(c)}${title}`),
      { headers: PAGE_HEADERS },
    );
  });

page.get("/assets/:file", (c) => {
  const { file } = c.req.param();
  const type = TYPES[FILE.exec(file)?.[1] ?? ""];
  if (!type) throw notThere(c.req.path);
  return built(c, `assets/${file}`, { ...FILE_HEADERS, "content-type": type });
});

/** A file of the build. Where it lies knows neither what it is nor how it is to be kept. */
async function built(c: C, name: string, headers: Record<string, string>): Promise<Response> {
  const answer = await c.env.ASSETS?.fetch(new URL(`/${name}`, c.req.url));
  if (!answer?.ok) throw notThere(c.req.path);
  return new Response(answer.body, { headers });
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** How commands reach this Worker, for the page to show: told only to who looks from the machine that it runs on, since it has a path in it. */
function toldOf({ env, req }: C): string {
  if (!LOOPBACK.test(new URL(req.url).hostname)) return "";
  const told = { "town-command": env.TOWN_COMMAND, "town-state": env.TOWN_STATE };
  return Object.entries(told)
    .map(([name, text]) => (text ? `<meta name="${name}" content="${escaped(text)}" />` : ""))
    .join("");
}

const ESCAPES: Record<string, string> = { "&": "&amp;", '"': "&quot;", "<": "&lt;" };
const escaped = (text: string): string => text.replace(/[&"<]/g, (sign) => ESCAPES[sign] ?? sign);

const notThere = (path: string) =>
  new Refusal({
    status: 404,
    code: "no_route",
    detail: `There is no ${path} in this release of the page.`,
    hint: "Load the page anew. If that does not help, it was not built: `npm run page` does that.",
  });
