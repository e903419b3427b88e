/** What is answered beside commands and queries, described as these are: so OpenAPI and the docs have every route of an operator. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";
import type { Operation } from "../lib/operation.ts";
import { LIST_MARK, NO_CURSOR, page, pageOf } from "../queries/page.ts";
import { time } from "../views/common.ts";
import { healthSchema } from "../views/health.ts";
import { previewSchema } from "../views/preview.ts";
import { townSchema } from "../views/town.ts";
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

export const removeTownQuery = z.strictObject({
  forever: yesOrNo.describe("with all that it knows, now: it can't be had back, and its name is free"),
});

export const removeTown: Operation = {
  name: "remove-town",
  method: "DELETE",
  path: "",
  scope: "towns:delete",
  summary: "Removes a town of which nothing runs. It can be had back for a week, as it stood.",
  query: removeTownQuery,
  output: z
    .object({ removed: z.string(), keptUntil: time.describe("until when it can be had back; null: not at all") })
    .meta({ id: "RemovedTown" }),
};

export const restoreTown: Operation = {
  name: "restore-town",
  method: "POST",
  path: "/restore",
  scope: "towns:create",
  summary: "Brings back a town that was removed, as it stood.",
  output: townSchema,
};

/** By name, so where a page ended is the last name of it. */
const lastName = z
  .string()
  .max(80)
  .regex(new RegExp(`^[a-z0-9-]+${LIST_MARK}$`), NO_CURSOR)
  .transform((text) => text.slice(0, text.indexOf(".")));

export const townsPage = z.strictObject({
  limit: page.limit,
  cursor: lastName.optional(),
  removed: yesOrNo.describe("those that were removed and can be had back, in place of those that are there"),
});

export const listTowns: Operation = {
  name: "list-towns",
  method: "GET",
  path: "/v1/towns",
  scope: "beads:read",
  isWholePath: true,
  summary: "Lists the towns that the token may read, by name.",
  query: townsPage,
  output: pageOf(
    z.object({ name: z.string(), createdAt: time.describe("null: before there was a list"), removedAt: time }),
  ),
};

const rpcId = z.union([z.string(), z.int()]);

/** What goes in and out are the protocol's own messages; its tools have the contract's schemas. */
export const speakMcp: Operation = {
  name: "speak-mcp",
  method: "POST",
  path: "/mcp",
  // Each tool takes the scope of its operation.
  scope: null,
  isWholePath: true,
  summary: "Speaks MCP with a model's client: one message of JSON-RPC each, without sessions (docs/mcp.md).",
  body: z
    .looseObject({
      jsonrpc: z.literal("2.0"),
      id: rpcId.optional().describe("left out: a notification, which is taken with 202 and no answer"),
      method: z.string(),
      params: z.record(z.string(), z.unknown()).optional(),
    })
    .meta({ examples: [{ jsonrpc: "2.0", id: 1, method: "tools/list" }] }),
  output: z
    .object({
      jsonrpc: z.literal("2.0"),
      id: rpcId.nullable(),
      result: z.record(z.string(), z.unknown()).optional(),
      error: z.object({ code: z.int(), message: z.string() }).optional(),
    })
    .meta({ id: "McpAnswer" }),
};

export const ownOperations: readonly Operation[] = [
  reconcile,
  removeTown,
  restoreTown,
  readWatchtower,
  listTowns,
  speakMcp,
  ...tokenOperations,
  ...streamOperations,
];
