import { z } from "zod";
import { argvOf, presetNames } from "../agents/index.ts";
import { tellsOf } from "../agents/tells.ts";
import { type Agent, agents } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { failureSchema, failureView, pauseSchema, pauseView, time } from "./common.ts";
import { doubtSchema, doubtsView } from "./provider.ts";

const tells = z.enum(["step", "turn", "never"]);

export const agentSchema = z
  .object({
    id: z.string(),
    rig: z.string(),
    role: z.string(),
    command: z.array(z.string()),
    preset: z.enum(presetNames),
    driver: z.enum(["exec", "acp"]),
    model: z.string().nullable().optional(),
    maxCostUsd: z.number().nullable().optional(),
    maxTokens: z.number().nullable().optional(),
    permissions: z.enum(["allow", "deny"]).optional(),
    resume: z.boolean().optional(),
    tells: z
      .object({ tokens: tells, cost: tells })
      .nullable()
      .describe("when it tells what it uses; null: that is not known"),
    env: z.array(z.string()).describe("names alone: the values may be secrets"),
    startFrom: z.enum(agents.startFrom.enumValues).nullable(),
    maxRunMs: z.number(),
    status: z.enum(agents.status.enumValues),
    bead: z.string().nullable(),
    fence: z.int().nullable(),
    enabled: z.boolean(),
    paused: pauseSchema,
    provider: z.string().nullable(),
    troubles: z.int(),
    trouble: failureSchema.nullable(),
    doubts: z.array(doubtSchema),
    preflight: z
      .object({
        state: z.enum(["pending", "passed", "failed", "unknown"]),
        at: time,
        checks: z.array(
          z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().nullable() }),
        ),
      })
      .nullable(),
    notBeforeAt: time,
    createdAt: time,
  })
  .meta({ id: "Agent" });

/** Without the values of `env`: they may be secrets, and no client needs them back. */
export const agentView = ({
  rigId,
  beadId,
  createdAtMs,
  env,
  notBeforeMs,
  trouble,
  paused,
  lastFence: _,
  command,
  program,
  preflight,
  doubts,
  wellAtMs: __,
  ...agent
}: Agent): z.output<typeof agentSchema> => ({
  ...agent,
  command: argvOf(command, program),
  preflight: preflight && { state: preflight.state, at: iso(preflight.atMs), checks: preflight.checks },
  ...(program ?? { preset: "exec" as const, driver: "exec" as const }),
  tells: tellsOf(program),
  paused: pauseView(paused),
  trouble: failureView(trouble),
  doubts: doubtsView(doubts),
  notBeforeAt: notBeforeMs === 0 ? null : iso(notBeforeMs),
  rig: rigId,
  bead: beadId,
  env: Object.keys(env),
  createdAt: iso(createdAtMs),
});
