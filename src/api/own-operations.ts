/** What is answered beside commands and queries, described as these are: so OpenAPI and the docs have every route of an operator. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";
import type { Operation } from "../lib/operation.ts";
import { slug } from "../protocol/common.ts";
import { page, pageOf } from "../queries/page.ts";
import { time } from "../views/common.ts";
import { healthSchema } from "../views/health.ts";
import { previewSchema } from "../views/preview.ts";
import { streamOperations } from "./stream-operations.ts";
import { tokenOperations } from "./token-operations.ts";

export const reconcileQuery = z.strictObject({
  dryRun: yesOrNo.describe("only shows what the next pass would do"),
});

export const reconcile: Operation = {
  name: "reconcile",
  method: "POST",
  path: "/reconcile",
  scope: "work:control",
  summary:
    "Looks at everything anew, rows that can't be read included, and runs a pass now; then says how the town is.",
  query: reconcileQuery,
  output: z.union([healthSchema, previewSchema]),
};

export const readWatchtower: Operation = {
  name: "read-watchtower",
  method: "GET",
  path: "/v1/watchtower",
  scope: "metrics:read",
  isWholePath: true,
  summary: "Lists the towns that the watchtower finds in trouble.",
  output: z
    .object({
      mode: z.enum(["heal", "detect", "off"]),
      troubles: z.array(
        z.object({
          town: z.string(),
          trouble: z.string().nullable(),
          unanswered: z.int().describe("times in a row that it did not answer"),
          restarts: z.int().describe("within the last hour"),
          escalated: z.boolean().describe("it has been restarted as often as it may be: a person must look"),
        }),
      ),
    })
    .meta({ id: "Watchtower" }),
};

export const removeTown: Operation = {
  name: "remove-town",
  method: "DELETE",
  path: "",
  scope: "towns:delete",
  summary: "Removes a town of which nothing runs, with all that it knows. It can't be brought back.",
  output: z.object({ removed: z.string() }).meta({ id: "RemovedTown" }),
};

/** By name, so where a page ended is the last name of it. */
export const townsPage = z.strictObject({ limit: page.limit, cursor: slug.optional() });

export const listTowns: Operation = {
  name: "list-towns",
  method: "GET",
  path: "/v1/towns",
  scope: "beads:read",
  isWholePath: true,
  summary: "Lists the towns that the token may read, by name.",
  query: townsPage,
  output: pageOf(z.object({ name: z.string(), createdAt: time.describe("null: before there was a list") })),
};

export const ownOperations: readonly Operation[] = [
  reconcile,
  removeTown,
  readWatchtower,
  listTowns,
  ...tokenOperations,
  ...streamOperations,
];
