import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../dos/env.ts";
import { identified } from "./auth.ts";
import { channels } from "./hosts.ts";
import { manners, otherMethod, requestIdOf } from "./http.ts";
import { limited } from "./limits.ts";
import { mcp } from "./mcp/route.ts";
import { operationRoutes } from "./operations.ts";
import { page } from "./page.ts";
import { papers } from "./papers.ts";
import { problemResponse, refuseQuery, tooLarge } from "./problem.ts";
import { reports } from "./reports.ts";
import { ColonRouter } from "./router.ts";
import { streams } from "./stream.ts";
import { sessions, tokens } from "./tokens.ts";
import { enlisted, towns } from "./towns.ts";
import { problemBehind } from "./trouble.ts";
import { watchtower } from "./watch.ts";
import { wholeTowns } from "./whole-towns.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;

export const app = new Hono<{ Bindings: Env }>({ router: new ColonRouter() });

app.use(manners);
// They have a limit of their own.
app.route("/v1/towns/:town/reports", reports);
app.use(bodyLimit(tooLarge(MAX_BODY_BYTES)));
/** Whether the Worker answers at all, for those that watch it from outside. It says nothing of any town. */
app.get("/healthz", (c) => {
  refuseQuery(c);
  return c.json({ ok: true });
});
app.route("/", papers);
app.route("/", page);
// Who asks them otherwise is told what they take, and needs no token for that.
for (const open of ["/healthz", "/openapi.json", "/docs", "/", "/t/*", "/assets/:file"])
  app.all(open, otherMethod(app));
app.route("/v1/towns", channels);
app.use(identified);
app.use(limited);
app.use(enlisted);
app.route("/v1/towns", streams);
app.route("/", operationRoutes);
app.route("/v1/towns", wholeTowns);
app.route("/v1/towns", sessions);
app.route("/v1/towns", towns);
app.route("/v1/watchtower", watchtower);
app.route("/v1/tokens", tokens);
app.route("/mcp", mcp);

app.notFound(otherMethod(app));

app.onError((error, c) => problemResponse(problemBehind(error, c.req.path, requestIdOf(c))));
