import { z } from "zod";
import type { Incident } from "../db/schema.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { MESSAGE_CHARS } from "../protocol/bounded.ts";
import { evidenceOf } from "../reconciler/watch/incidents.ts";
import { incidentSchema } from "../views/records.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";
import { listIncidents } from "./reads.ts";

export const listIncidentsQuery = defineQuery({
  name: "list-incidents",
  path: "/incidents",
  scope: "metrics:read",
  summary: "Lists the times at which the loop, or what it keeps, was not well, the newest first.",
  query: z.strictObject(page),
  output: pageOf(incidentSchema),
  read: (tx, { limit, cursor }) =>
    paged(listIncidents(tx, { limit, before: cursor }), limit, incidentView, ({ id }) => id),
});

/** An older release may have stored them at any length. */
const incidentView = ({
  openedAtMs,
  closedAtMs,
  cause,
  evidence,
  ...incident
}: Incident): z.output<typeof incidentSchema> => ({
  ...incident,
  cause: clip(cause, MESSAGE_CHARS),
  evidence: evidenceOf(evidence),
  openedAt: iso(openedAtMs),
  closedAt: iso(closedAtMs),
});
