import { z } from "zod";
import { type Rig, type RigTrouble, rigs } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import type { RigLook } from "../protocol/rig-look.ts";
import { failureSchema, failureView, pauseSchema, pauseView, time } from "./common.ts";

const troubleSchema = z
  .object({
    failure: failureSchema.nullable(),
    since: time,
    times: z.int(),
    beads: z.array(z.string()),
    nextTryAt: time,
    /** It keeps no bead waiting, and what begins next tells: an operator says that it is mended, or nothing waits for it. */
    rests: z.enum(["asked", "idle"]).nullable(),
  })
  .meta({ id: "RigTrouble", description: "Why a rig's landings, or its runs, wait, and when one is tried." })
  .nullable();

const troubleView = (trouble: RigTrouble | null): z.output<typeof troubleSchema> =>
  trouble && {
    failure: failureView(trouble.failure),
    since: iso(trouble.sinceMs),
    times: trouble.times,
    beads: trouble.beads,
    nextTryAt: iso(trouble.untilMs),
    rests: trouble.rests,
  };

const fields = z.object({
  id: z.string(),
  repoUrl: z.string(),
  defaultBranch: z.string(),
  defaultBranchFrom: z.enum(rigs.branchFrom.enumValues),
  trailers: z.boolean().nullable(),
  startFrom: z.enum(rigs.startFrom.enumValues).nullable(),
  noChange: z.enum(rigs.noChange.enumValues),
  gate: z.array(z.string()).nullable(),
  maxGateMs: z.number(),
  landingsAtOnce: z.int(),
  maxAgents: z.int().nullable(),
  maxInReview: z.int().nullable(),
  paused: pauseSchema,
  landingTrouble: troubleSchema,
  pushTrouble: troubleSchema,
  createdAt: time,
});
export const rigSchema = fields.meta({ id: "Rig" });

export const rigView = ({
  createdAtMs,
  paused,
  landingTrouble,
  pushTrouble,
  branchFrom,
  ...rig
}: Rig): z.output<typeof rigSchema> => ({
  ...rig,
  defaultBranchFrom: branchFrom,
  paused: pauseView(paused),
  landingTrouble: troubleView(landingTrouble),
  pushTrouble: troubleView(pushTrouble),
  createdAt: iso(createdAtMs),
});

/** What a host found at its URL. Left out: no host was asked. */
const look = z.object({ ok: z.boolean(), detail: z.string(), hint: z.string().nullable() }).optional();
export const lookedAtSchema = fields.extend({ look }).meta({ id: "RigLookedAt" });

/** With what was tried at once. */
export const rigRetriedSchema = fields
  .extend({ look, tried: z.object({ runs: z.int(), landings: z.int() }) })
  .meta({ id: "RigRetried" });

export const lookedAtView = (rig: Rig, look: RigLook | null): z.output<typeof lookedAtSchema> => ({
  ...rigView(rig),
  ...(look && { look: { ok: look.ok, detail: look.detail, hint: look.hint } }),
});
