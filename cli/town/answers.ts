/** What the verbs read of the Worker's answers. */
import { z } from "zod";

const time = z.string().nullish();

export const health = z.object({
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
  since: time,
  cause: z.string().nullable(),
  hint: z.string().nullable(),
  banner: z.object({ level: z.enum(["red", "amber"]), text: z.string() }).nullable(),
  pollStale: z.boolean(),
  hasStuckQueue: z.boolean(),
  readyUnassignedBeads: z.number(),
  availableAgents: z.number(),
  liveAttempts: z.number(),
  lastPollCompletedAt: time,
  nextWakeAt: time,
  computedAt: z.string(),
});
export type Health = z.infer<typeof health>;

export const town = z.object({
  name: z.string(),
  paused: z.object({ by: z.string(), why: z.string(), until: time }).nullable(),
  draining: z.boolean(),
  beads: z.record(z.string(), z.number()),
});
export type Town = z.infer<typeof town>;

export const agent = z.object({
  id: z.string(),
  rig: z.string(),
  status: z.string(),
  enabled: z.boolean(),
  bead: z.string().nullable(),
  paused: z.object({ by: z.string(), why: z.string(), until: time }).nullish(),
  trouble: z.object({ kind: z.string().optional(), message: z.string() }).nullish(),
  troubles: z.number().optional(),
  doubts: z.array(z.object({ bead: z.string(), apartUntil: time })).nullish(),
  notBeforeAt: time,
  preflight: z
    .object({
      state: z.string(),
      checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().nullable() })),
    })
    .nullish(),
});
export type Agent = z.infer<typeof agent>;

export const attempt = z.object({
  fence: z.number(),
  kind: z.enum(["run", "landing"]),
  bead: z.string(),
  agent: z.string().nullable(),
  state: z.string(),
  startedAt: time,
});
export type Attempt = z.infer<typeof attempt>;

export const host = z.object({
  id: z.string(),
  enabled: z.boolean(),
  connected: z.boolean(),
  boot: z.string().nullable(),
  heardAt: time,
  room: z.object({ free: z.number(), places: z.number().nullable(), lacks: z.string().nullable() }).nullish(),
  refused: z.object({ code: z.string(), boot: z.string(), last: time }).nullish(),
});
export type Host = z.infer<typeof host>;

export const bead = z.object({ id: z.string(), status: z.string() });

export const explanation = z.object({
  bead: z.string(),
  status: z.string(),
  summary: z.string(),
  gates: z.array(z.object({ gate: z.string(), ok: z.boolean(), why: z.string().nullable(), until: time })),
  nextLookAt: time,
  lastTry: z.object({ fence: z.number(), kind: z.enum(["run", "landing"]), tail: z.string() }).nullish(),
  unblock: z
    .object({ what: z.string(), request: z.string().nullable(), command: z.string().nullable().default(null) })
    .nullable(),
});
export type Explanation = z.infer<typeof explanation>;

export const incident = z.object({
  id: z.number(),
  kind: z.string(),
  openedAt: z.string(),
  closedAt: time,
  cause: z.string(),
  healedBy: z.string().nullable(),
});
export type Incident = z.infer<typeof incident>;

export const tick = z.object({
  tick: z.number(),
  startedAt: z.string(),
  durationMs: z.number().nullable(),
  actions: z.array(
    z.object({ action: z.string(), target: z.string(), outcome: z.string(), why: z.string().optional() }),
  ),
  settled: z.array(z.object({ action: z.string(), fence: z.number(), outcome: z.string() })),
  facts: z.record(z.string(), z.number()),
  error: z.string().nullable(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
});
export type Tick = z.infer<typeof tick>;

const verb = z.object({ method: z.string(), path: z.string(), body: z.record(z.string(), z.unknown()).nullable() });

export const attention = z.object({
  items: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      severity: z.string(),
      since: time,
      times: z.number(),
      what: z.string(),
      meanwhile: z.string(),
      nextAt: time,
      hint: z.string().nullable(),
      verb: verb.nullable(),
      command: z.string().nullable(),
    }),
  ),
  more: z.number(),
});
export type Attention = z.infer<typeof attention>;

export const list = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item) });
