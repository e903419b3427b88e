import { z } from "zod";
import { time } from "./common.ts";

const count = z.int();

/** How a town is, in one word, with the reason and what to do. */
export const healthSchema = z
  .object({
    verdict: z.enum([
      "healthy",
      "idle",
      "late",
      "spinning",
      "starved",
      "stalled",
      "paused",
      "draining",
      "failing",
      "unknown",
    ]),
    axis: z
      .enum(["ticking", "converging", "productive"])
      .nullable()
      .describe("which of the three questions it answers with no; null: none"),
    since: time,
    cause: z.string().nullable().describe("what is wrong, in a sentence; null: nothing"),
    hint: z.string().nullable().describe("what to do about it"),
    evidence: z.record(z.string(), z.unknown()),
    incident: z.int().nullable(),
    banner: z
      .object({
        level: z.enum(["red", "amber"]),
        text: z.string(),
        key: z.string().describe("a dismissal counts for this one: an incident, or an escalation of it, shows again"),
      })
      .nullable(),
    lastPollStartedAt: time.optional().describe("left out before the first tick; so are the next two"),
    lastPollCompletedAt: time.optional(),
    lastPollSucceededAt: time.optional(),
    pollStale: z.boolean(),
    pollStaleThresholdMs: z.number(),
    readyUnassignedBeads: count,
    availableAgents: count.describe("enabled, idle, nothing on the hook, not cooling down"),
    hasStuckQueue: z.boolean().describe("ready beads of a rig, and no agent of it that works or will"),
    liveAttempts: count,
    errorStreak: count,
    lastError: z.string().nullable(),
    nextWakeAt: time,
    computedAt: time,
  })
  .meta({ id: "Health" });
export type HealthView = z.output<typeof healthSchema>;
