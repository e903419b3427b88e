/** What is answered beside commands and queries, described as these are: so OpenAPI and the docs have every route of an operator. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";
import { followLogQuery, followQuery, logMessageSchema, messageSchema } from "../dos/following/messages.ts";
import type { Operation } from "../lib/operation.ts";
import { actorSchema } from "../lib/origin.ts";
import { PRESETS, SCOPES } from "../lib/scopes.ts";
import { readAttemptLogQuery } from "../queries/read-attempt-log.ts";
import { healthSchema } from "../views/health.ts";
import { previewSchema } from "../views/preview.ts";

export const EVENTS = "text/event-stream";

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

export const followTown: Operation = {
  name: "follow-town",
  method: "GET",
  path: "/stream",
  scope: "beads:read",
  summary:
    "Tells what is so now, and then what changes: as server-sent events, or by WebSocket where it is asked for one (docs/stream.md).",
  query: followQuery,
  output: messageSchema,
  outputType: EVENTS,
};

/** At the place of `read-attempt-log`, and asked for there by `follow`. */
export const followAttemptLog: Operation = {
  ...readAttemptLogQuery,
  name: "follow-attempt-log",
  query: followLogQuery,
  output: logMessageSchema,
  outputType: EVENTS,
};

export const removeTown: Operation = {
  name: "remove-town",
  method: "DELETE",
  path: "",
  scope: "towns:delete",
  summary: "Removes a town of which nothing runs, with all that it knows. It can't be brought back.",
  output: z.object({ removed: z.string() }).meta({ id: "RemovedTown" }),
};

const readToken: Operation = {
  name: "read-token",
  method: "GET",
  path: "/v1/tokens/{token}",
  scope: null,
  isWholePath: true,
  summary: "Shows what a token may do: `self` is the one that asks.",
  output: z
    .object({
      actor: actorSchema,
      scopes: z.array(z.enum(SCOPES)),
      preset: z.enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[]).nullable(),
      towns: z.array(z.string()).describe('`["*"]`: all'),
    })
    .meta({ id: "Token" }),
};

export const ownOperations: readonly Operation[] = [
  reconcile,
  removeTown,
  readWatchtower,
  readToken,
  followTown,
  followAttemptLog,
];
