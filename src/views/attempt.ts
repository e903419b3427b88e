import { z } from "zod";
import { type Attempt, attempts } from "../db/schema.ts";
import { clip, clipHead } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { BOOT_CHARS, MESSAGE_CHARS, TAIL_CHARS } from "../protocol/bounded.ts";
import { failureSchema, failureView, time } from "./common.ts";

const stepSchema = z
  .object({
    plan: z.array(z.object({ text: z.string(), status: z.string() })).optional(),
    tool: z.object({ title: z.string(), status: z.string() }).optional(),
    message: z.string().optional(),
    growing: z.boolean().optional().describe("the message is still being said"),
  })
  .meta({ id: "Step", description: "The newest of what an agent does." });

const usageSchema = z
  .object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedTokens: z.number().describe("the part of the input that was read from the provider's cache"),
    costUsd: z.number().nullable().describe("null: its program does not tell"),
  })
  .meta({ id: "Usage" });

/** A run of an agent on a bead, or a landing of what a run brought. */
export const attemptSchema = z
  .object({
    fence: z.int(),
    kind: z.enum(attempts.kind.enumValues),
    bead: z.string(),
    host: z.string().nullable().describe("the joined host; null: the town's own"),
    agent: z.string().nullable().describe("null for a landing"),
    state: z.enum(attempts.state.enumValues),
    failure: failureSchema.nullable(),
    progress: z.string().nullable(),
    step: stepSchema.nullable(),
    usage: usageSchema.nullable(),
    startedAt: time,
    acceptedAt: time.describe("when its host agreed"),
    endedAt: time,
    leaseUntil: time.describe("how long its silence is fine"),
    leaseMs: z.number().nullable().describe("as its host was told, also where the settings have changed"),
    heartbeatMs: z.number().nullable(),
    limitMs: z.number().nullable(),
    agentActiveAt: time,
    stall: z.int().describe("how far its silence was answered: 0 not at all, 1 nudged, 2 escalated, 3 stopped"),
    branch: z.string().nullable(),
    head: z.string().nullable(),
    outputTail: z.string().nullable(),
    hostBoot: z.string().nullable(),
  })
  .meta({ id: "Attempt" });

export const attemptView = (attempt: Attempt): z.output<typeof attemptSchema> => ({
  fence: attempt.fence,
  kind: attempt.kind,
  bead: attempt.beadId,
  host: attempt.hostId,
  agent: attempt.agentId,
  state: attempt.state,
  failure: failureView(attempt.failure),
  // An older release may have stored them at any length.
  progress: attempt.progress && clip(attempt.progress, MESSAGE_CHARS),
  step: attempt.step,
  usage: attempt.usage,
  startedAt: iso(attempt.startedAtMs),
  acceptedAt: iso(attempt.acceptedAtMs),
  endedAt: iso(attempt.endedAtMs),
  leaseUntil: iso(attempt.leaseUntilMs),
  leaseMs: attempt.leaseMs,
  heartbeatMs: attempt.heartbeatMs,
  limitMs: attempt.limitMs,
  agentActiveAt: iso(attempt.agentActiveAtMs),
  stall: attempt.stall,
  branch: attempt.branch,
  head: attempt.head,
  outputTail: attempt.outputTail && clipHead(attempt.outputTail, TAIL_CHARS),
  hostBoot: attempt.hostBootId && clip(attempt.hostBootId, BOOT_CHARS),
});

/** What is kept of what it printed, oldest first. */
export const attemptLogSchema = z
  .object({
    fence: z.int(),
    bead: z.string(),
    state: attemptSchema.shape.state,
    pruned: z.boolean().describe("it ended so long ago that what it printed is gone"),
    pieces: z.array(z.object({ at: time, text: z.string() })),
  })
  .meta({ id: "AttemptLog" });
