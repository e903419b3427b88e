/** What is followed, described as commands and queries are. */
import { followLogQuery, followQuery, logMessageSchema, messageSchema } from "../dos/following/messages.ts";
import type { Operation } from "../lib/operation.ts";
import { readAttemptLogQuery } from "../queries/read-attempt-log.ts";

export const EVENTS = "text/event-stream";

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

export const streamOperations: readonly Operation[] = [followTown, followAttemptLog];
