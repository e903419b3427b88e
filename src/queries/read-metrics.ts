import { z } from "zod";
import { defineQuery } from "./define.ts";
import { metricsText } from "./metrics.ts";

export const readMetricsQuery = defineQuery({
  name: "read-metrics",
  path: "/metrics",
  scope: "metrics:read",
  summary: "Shows a town's figures as OpenMetrics text, for a scraper.",
  output: z.string(),
  outputType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  read: (tx, _, { nowMs, inFlight }) => metricsText(tx, nowMs, inFlight),
});
