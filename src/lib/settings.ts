import { z } from "zod";
import { BRANCH_PREFIX, branchPrefix } from "./branch.ts";
import { defaultRetention, retentionDays } from "./retention.ts";
import { defaultStall, refuseFallingTiers, stallByRole, stallTiers } from "./stall.ts";

const ms = z
  .int()
  .min(1)
  .max(7 * 86_400_000);

/** What it was called before it was known that a town's own host need be no container. */
const OWN_BEFORE = "container";
const hosts = z.preprocess((word) => (word === OWN_BEFORE ? "own" : word), z.enum(["own", "external"]));

const cap = z.int().min(1).max(10_000);
const minutes = z.int().min(1).max(1_000_000);

/** What an operator may set per town. Milliseconds, unless said otherwise. */
export const settingsFields = z.strictObject({
  startDeadlineMs: ms,
  firstLeaseMs: ms,
  leaseMs: ms,
  heartbeatMs: ms,
  backoffBaseMs: ms,
  backoffCapMs: ms,
  hosts,
  startsPerMinute: z.int().min(1).max(100_000),
  providerWaitMs: ms,
  pollStaleThresholdMs: ms.optional(),
  /** Most runs at a time. Left out: as many as there are agents. */
  maxAgents: cap.optional(),
  maxAgentsPerRig: cap.optional(),
  maxAgentsByRole: z.record(z.string().min(1).max(63), cap),
  maxInReviewPerRig: cap,
  breakerAfter: z.int().min(1).max(1_000),
  dayMinutes: z.strictObject({ bead: minutes.optional(), rig: minutes.optional(), town: minutes.optional() }),
  overlapWaitMs: ms,
  branchPrefix,
  agentFailureBudget: z.int().min(1).max(100),
  reworkBudget: z.int().min(0).max(100),
  unpaidTriesPerDay: cap.nullable(),
  limitMarginMs: ms,
  stall: stallTiers,
  stallByRole,
  retention: retentionDays,
});

export type Settings = z.infer<typeof settingsFields>;

export const defaultSettings: Settings = {
  /** A host answers a start in milliseconds; past this its silence is taken for no. */
  startDeadlineMs: 15_000,
  /** Accepted is a promise: this long until the first heartbeat must prove it. */
  firstLeaseMs: 20_000,
  /** Silence after which a run is lost. Four heartbeats may go missing. */
  leaseMs: 60_000,
  heartbeatMs: 12_000,
  backoffBaseMs: 2_000,
  /** A dead host is asked at most every five minutes for each bead. */
  backoffCapMs: 300_000,
  /**
   * Whose hosts they are. `own`, the town's, a container or the program beside it: a start whose outcome is unknown is tried again at once, since the same host gets it
   * and its fence decides. `external`: the host lives on when the town is cut off, so such a start is tried again only when
   * its run is known to be dead, or its lease has run out.
   */
  hosts: "own",
  /** Starts and landings together, so that nothing runs away when something else is wrong. */
  startsPerMinute: 120,
  /** A provider that says "limit reached" without saying until when. */
  providerWaitMs: 300_000,
  /**
   * How long a tick may be in flight, or overdue, before the loop counts as stale. Left out: a minute or ten heartbeats,
   * whichever is longer. Never less than a tick may legitimately take.
   */
  pollStaleThresholdMs: undefined,
  maxAgents: undefined,
  maxAgentsPerRig: undefined,
  maxAgentsByRole: {},
  /** Work that has not landed yet conflicts with all that comes after: past this a rig begins nothing new. */
  maxInReviewPerRig: 20,
  /** Consecutive failures of the host after which it is left alone for a while. */
  breakerAfter: 5,
  /** Run time a day, in minutes; what is left out has no limit. */
  dayMinutes: {},
  /** How long a bead waits for one that runs and is likely to change the same paths. */
  overlapWaitMs: 900_000,
  /** What the branches of attempts begin with. One that changes holds for what begins later. */
  branchPrefix: BRANCH_PREFIX,
  /** Runs of a bead that may fail: with the last of them it is parked for a person. */
  agentFailureBudget: 3,
  /** Landings of a bead that may come back, before it is parked with the last of them. Zero, of before, is one. */
  reworkBudget: 3,
  /** Runs of a bead in a day (UTC) that began and ended by no fault that costs a budget; then it is parked. Null: no bound. */
  unpaidTriesPerDay: 50,
  /** How far past its limit an attempt may be: it counts from its acceptance, so a clone of ten minutes and a slow push are in it. */
  limitMarginMs: 1_200_000,
  /** Silence of an agent whose process lives. Much longer than a lease, which is how old the last sign may be. */
  stall: defaultStall,
  stallByRole: {},
  /** Days; null is for ever. */
  retention: defaultRetention,
};

/** As a town has stored them. */
export const readSettings = (stored: Partial<Settings>): Settings => {
  const all = { ...defaultSettings, ...stored };
  return { ...all, hosts: all.hosts === "external" ? "external" : "own" };
};

const toDefault = <T extends z.ZodType>(field: T) => z.union([field, z.null()]);

const shape = settingsFields.shape;

/** Only what is to change. What is null has its default again, unless null has a meaning of its own there. */
export const settingsPatch = settingsFields
  .extend({
    startDeadlineMs: toDefault(ms),
    firstLeaseMs: toDefault(ms),
    leaseMs: toDefault(ms),
    heartbeatMs: toDefault(ms),
    backoffBaseMs: toDefault(ms),
    backoffCapMs: toDefault(ms),
    hosts: toDefault(hosts),
    providerWaitMs: toDefault(ms),
    overlapWaitMs: toDefault(ms),
    branchPrefix: toDefault(branchPrefix),
    limitMarginMs: toDefault(ms),
    stall: toDefault(stallTiers.partial()),
    stallByRole: toDefault(stallByRole),
    retention: toDefault(retentionDays.partial()),
    pollStaleThresholdMs: toDefault(ms),
    startsPerMinute: toDefault(shape.startsPerMinute),
    maxAgents: toDefault(cap),
    maxAgentsPerRig: toDefault(cap),
    maxAgentsByRole: toDefault(z.record(z.string().min(1).max(63), toDefault(cap))),
    maxInReviewPerRig: toDefault(cap),
    breakerAfter: toDefault(shape.breakerAfter),
    dayMinutes: toDefault(
      z.strictObject({ bead: toDefault(minutes), rig: toDefault(minutes), town: toDefault(minutes) }).partial(),
    ),
    agentFailureBudget: toDefault(shape.agentFailureBudget),
    reworkBudget: toDefault(shape.reworkBudget),
  })
  .partial();
export type SettingsPatch = z.infer<typeof settingsPatch>;

/** Null has a meaning of its own for these. */
const NULLABLE = new Set(["unpaidTriesPerDay"]);

/** With what is null as it is in a town of which nothing was said. */
function unset(patch: SettingsPatch): Record<string, unknown> {
  const { maxAgentsByRole: roles, dayMinutes, ...others } = patch;
  const set = Object.entries(others).map(([key, value]) =>
    value === null && !NULLABLE.has(key) ? [key, defaultSettings[key as keyof Settings]] : [key, value],
  );
  const without = (given: Record<string, unknown> | null) =>
    Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== null));
  return {
    ...Object.fromEntries(set),
    ...(roles !== undefined && { maxAgentsByRole: without(roles) }),
    ...(dayMinutes !== undefined && { dayMinutes: without(dayMinutes) }),
  };
}

/** @throws Refusal if what comes of it makes no sense */
export function withSettings(before: Settings, patch: SettingsPatch): Settings {
  const settings = settingsFields.parse({
    ...before,
    ...unset(patch),
    stall: patch.stall === null ? defaultStall : { ...before.stall, ...patch.stall },
    retention: patch.retention === null ? defaultRetention : { ...before.retention, ...patch.retention },
  });
  refuseFallingTiers(settings);
  return settings;
}

/** What these settings would do to each other; null: they go together. */
export function contradictionIn({ heartbeatMs, leaseMs }: Settings): string | null {
  if (leaseMs >= 2 * heartbeatMs) return null;
  const [lease, heartbeat] = [leaseMs, heartbeatMs].map((ms) => `${ms}, which is ${ms / 1_000} s`);
  return `leaseMs (${lease}) must be at least twice heartbeatMs (${heartbeat}), or one lost heartbeat ends a healthy run.`;
}

/** A whole set: what is left out has its default. */
export const settingsSchema = settingsPatch
  .transform((given): Settings => withSettings(defaultSettings, given))
  .superRefine((settings, context) => {
    const message = contradictionIn(settings);
    if (message) context.addIssue({ code: "custom", message, path: ["leaseMs"] });
  });
