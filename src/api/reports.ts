import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import type { Env } from "../dos/env.ts";
import { cantSay } from "../events/report-event.ts";
import { Refusal } from "../lib/guard.ts";
import { parse } from "../lib/read-body.ts";
import { type beadAnswer, reportsRequest, spokenBy } from "../protocol/reports.ts";
import { runClaims } from "./auth.ts";
import { paramOf, problemResponse, readJson, tooLarge, unwrap } from "./problem.ts";

/** Fifty reports with the longest texts there are, but for the rarest characters. */
const MAX_REPORTS_BYTES = 512 * 1024;

/** `POST /v1/towns/{town}/reports`: what runs have to say. 200 with a verdict for each, 409 when all are fenced. */
export const reports = new Hono<{ Bindings: Env }>();

reports.post("/", bodyLimit(tooLarge(MAX_REPORTS_BYTES)), async (c) => {
  const town = paramOf(c, "town");
  const claims = await runClaims(c, town);
  const request = parse(reportsRequest, await readJson(c));
  for (const { agent, bead, fence, kind } of request.reports) {
    if ((spokenBy[kind] ?? claims.kind) !== claims.kind) throw cantSay(claims.kind, kind);
    if (agent !== claims.agent || bead !== claims.bead || fence !== claims.fence)
      throw new Refusal({
        status: 403,
        code: "wrong_run",
        detail: "This run token is for another agent, bead or fence.",
        hint: "Report each run with its own token.",
      });
  }

  const verdicts = unwrap(await c.env.TOWN.getByName(town).report(request));
  if (verdicts.some(({ verdict }) => verdict !== "fenced")) return c.json({ verdicts });
  const detail = "A newer attempt holds this bead, or it is over.";
  return problemResponse(
    { status: 409, code: "fenced", detail, hint: "Kill the run and keep nothing of it." },
    { verdicts },
  );
});

/** `GET /v1/towns/{town}/reports`: a host asks whether the bead of a run that has ended is over too. */
reports.get("/", async (c) => {
  const town = paramOf(c, "town");
  const { bead } = await runClaims(c, town);
  const over = unwrap(await c.env.TOWN.getByName(town).isBeadOver(bead));
  return c.json({ over } satisfies z.infer<typeof beadAnswer>);
});
