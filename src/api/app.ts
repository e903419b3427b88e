import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "../dos/env.ts";
import { Refusal } from "../lib/guard.ts";
import { log } from "../lib/log.ts";
import { messageOf } from "../lib/text.ts";
import { identified } from "./auth.ts";
import { channels } from "./hosts.ts";
import { manners, otherMethod, requestIdOf } from "./http.ts";
import { limited } from "./limits.ts";
import { operationRoutes } from "./operations.ts";
import { page } from "./page.ts";
import { papers } from "./papers.ts";
import { problemResponse, refuseQuery, tooLarge } from "./problem.ts";
import { reports } from "./reports.ts";
import { noticeStorage } from "./storage.ts";
import { streams } from "./stream.ts";
import { sessions, tokens } from "./tokens.ts";
import { enlisted, towns } from "./towns.ts";
import { watchtower } from "./watch.ts";
import { wholeTowns } from "./whole-towns.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;

export const app = new Hono<{ Bindings: Env }>();

app.use(manners);
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
app.route("/v1/towns/:town/reports", reports);
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

app.notFound(otherMethod(app));

app.onError((error, c) => {
  if (error instanceof Refusal) return problemResponse(error.problem);
  const trouble = noticeStorage(c.req.path, error);
  if (trouble) {
    const { code, cause, remedy } = trouble;
    return problemResponse({ status: 503, code, detail: `Nothing was done: ${cause}.`, hint: remedy, retryable: true });
  }
  log("error", `the request failed: ${messageOf(error)}`, { request: requestIdOf(c) });
  return problemResponse({
    status: 500,
    code: "internal",
    detail: "Something went wrong on our side.",
    hint: "Try again; if it stays, the server's log says more under this answer's x-request-id.",
  });
});
