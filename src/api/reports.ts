import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import type { Env } from "../dos/env.ts";
import { allFenced, claimsOf, hearReports, MAX_REPORTS_BYTES } from "../dos/report-door.ts";
import type { beadAnswer } from "../protocol/reports.ts";
import { bearer } from "./auth.ts";
import { paramOf, problemResponse, readJson, tooLarge, unwrap } from "./problem.ts";

/** `POST /v1/towns/{town}/reports`: what runs have to say. 200 with a verdict for each, 409 when all are fenced. */
export const reports = new Hono<{ Bindings: Env }>();

reports.post("/", bodyLimit(tooLarge(MAX_REPORTS_BYTES)), async (c) => {
  const town = paramOf(c, "town");
  const said = { town, token: bearer(c), body: () => readJson(c) };
  const verdicts = unwrap(await hearReports(c.env, said, (request) => c.env.TOWN.getByName(town).report(request)));
  const fenced = allFenced(verdicts);
  return fenced ? problemResponse(fenced, { verdicts }) : c.json({ verdicts });
});

/** `GET /v1/towns/{town}/reports`: a host asks whether the bead of a run that has ended is over too. */
reports.get("/", async (c) => {
  const town = paramOf(c, "town");
  const { bead } = await claimsOf(c.env, town, bearer(c));
  const over = unwrap(await c.env.TOWN.getByName(town).isBeadOver(bead));
  return c.json({ over } satisfies z.infer<typeof beadAnswer>);
});
