/** What the outside may tell a town to take in. The HTTP contract and the events share these shapes. */
import { z } from "zod";
import { command, fence, repoUrl, slug } from "../ports/protocol.ts";

const reason = z.string().trim().min(1).max(1_000);

/** With `fence`, only if that is still the newest: so a command can never hit the next run. */
export const cancelInput = z.strictObject({ bead: slug, reason, fence: fence.optional() });
export type CancelInput = z.infer<typeof cancelInput>;
export const stopInput = z.strictObject({ agent: slug, reason, fence: fence.optional() });
export type StopInput = z.infer<typeof stopInput>;
export const retryInput = z.strictObject({ bead: slug, reason: reason.optional() });
export type RetryInput = z.infer<typeof retryInput>;

const maxRunMs = z
  .int()
  .min(1_000)
  .max(24 * 3_600_000);

export const rigInput = z.strictObject({
  id: slug,
  repoUrl,
  defaultBranch: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/, "use a branch name such as main")
    .default("main"),
  /** Run on the merged result of each landing; must exit 0 before anything is pushed. */
  gate: command.nullable().default(null),
  maxGateMs: maxRunMs.default(15 * 60_000),
});
export type RigInput = z.infer<typeof rigInput>;

export const agentInput = z.strictObject({
  id: slug,
  rig: slug,
  role: z.enum(["worker", "merger"]).default("worker"),
  /** The program and its arguments, no shell. `{prompt}` and `{prompt_file}` are replaced; the prompt is on stdin too. */
  command,
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "use names such as MY_VARIABLE"), z.string().max(4_000))
    .refine((env) => Object.keys(env).length <= 50, "at most 50 variables")
    .default({}),
  maxRunMs: maxRunMs.default(3_600_000),
});
export type AgentInput = z.infer<typeof agentInput>;

export const beadInput = z.strictObject({
  rig: slug,
  title: z.string().trim().min(1).max(200),
  body: z.string().max(64_000).default(""),
  type: z.enum(["task", "bug", "chore", "review"]).default("task"),
  /** 0 (now) to 4 (some day). */
  priority: z.int().min(0).max(4).default(2),
  /** Beads that must be closed first: ids, or the `ref`s of others in the same batch. */
  dependsOn: z.array(z.string().min(1).max(80)).max(100).default([]),
});

export const beadsInput = z.strictObject({
  beads: z
    .array(
      beadInput.extend({ /** A name within this batch, for `dependsOn`. */ ref: z.string().min(1).max(80).optional() }),
    )
    .min(1)
    .max(200),
});
export type BeadsInput = z.infer<typeof beadsInput>;
