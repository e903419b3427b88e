/** What several commands take in. */
import { z } from "zod";
import { presetNames } from "../agents/index.ts";
import { branchName } from "../lib/branch.ts";
import { command, fence, landingsAtOnce, noNul, repoUrl, slug, slugLike } from "../protocol/common.ts";
import { cap, env, envChanges, maxCostUsd, maxRunMs, maxTokens, model, rigName } from "../protocol/fields.ts";

/** A text that may end up in a command line, as a prompt or as a commit's title. */
const text = () => z.string().regex(...noNul);

export const reason = z.string().trim().min(1, "say why, in a few words: it is kept with what is done").max(1_000);
export const by = z.string().trim().min(1).max(100).default("operator");

/** `until`: an ISO 8601 time at which it resumes by itself. */
export const pauseInput = z.strictObject({ why: reason, by, until: z.iso.datetime({ offset: true }).optional() });
/** Null resumes. */
export const paused = pauseInput.nullable().optional();

/** `main`: a further try at a bead begins anew. Null: it goes on with what the last one left. */
const startFrom = z.literal("main").nullable().optional();

const provider = slug.nullable();

/** How an agent is run: a preset, a command, or a preset's tool by a command of one's own. */
const program = {
  preset: z.enum(presetNames).optional(),
  /** The program and its arguments, no shell. `{prompt}` and `{prompt_file}` are replaced; the prompt is on stdin too. */
  command: command.optional(),
  /** `acp`: it speaks the Agent Client Protocol. */
  driver: z.enum(["exec", "acp"]).optional(),
  model: model.optional(),
  maxCostUsd: maxCostUsd.optional(),
  maxTokens: maxTokens.optional(),
  permissions: z.enum(["allow", "deny"]).optional(),
  /** A further try on a bead goes on with the session of the one before, where the tool can. */
  resume: z.boolean().optional(),
};

/** What is left out stays as it is; `command` and `env` are given whole, and `envChanges` changes what is there, or what `env` says. */
export const agentChange = z.strictObject({
  enabled: z.boolean().optional(),
  paused,
  provider: provider.optional(),
  ...program,
  env: env.optional(),
  envChanges: envChanges.optional(),
  startFrom,
  maxRunMs: maxRunMs.optional(),
});

/** Whether each commit says which bead and attempt it is of. Null: as its host does by itself. */
const trailers = z.boolean().nullable();

/** What becomes of a bead whose agent says that there is nothing to do: it is closed, or parked for a person. */
const noChange = z.enum(["close", "park"]).optional();

/** Run on the merged result of each landing; must exit 0 before anything is pushed. Null: no gate. */
const gate = command.nullable();

/** What is left out stays as it is. */
export const rigChange = z.strictObject({
  paused,
  repoUrl: repoUrl.optional(),
  /** Null: the one that the remote calls its default. */
  defaultBranch: branchName.nullable().optional(),
  gate: gate.optional(),
  maxGateMs: maxRunMs.optional(),
  landingsAtOnce: landingsAtOnce.optional(),
  maxAgents: cap.optional(),
  maxInReview: cap.optional(),
  trailers: trailers.optional(),
  startFrom,
  noChange,
});

export const rigInput = z.strictObject({
  id: rigName,
  repoUrl,
  /** Left out: the one that the remote calls its default. */
  defaultBranch: branchName.optional(),
  gate: gate.default(null),
  maxGateMs: maxRunMs.default(15 * 60_000),
  landingsAtOnce: landingsAtOnce.default(1),
  maxAgents: cap.default(null),
  maxInReview: cap.default(null),
  trailers: trailers.optional(),
  startFrom,
  noChange,
  /** An empty repository gets its first commit. */
  begin: z.boolean().optional(),
});
export const agentInput = z.strictObject({
  id: slugLike("my-agent"),
  rig: slug,
  role: slug.default("worker"),
  /** Agents of one provider share its limits and its credentials. Left out: its preset's, or else none. */
  provider: provider.optional(),
  ...program,
  env: env.default({}),
  startFrom,
  maxRunMs: maxRunMs.default(3_600_000),
});

const MAX_METADATA = 16_000;
/** What a bead says of itself. */
const words = {
  title: text().trim().min(1).max(200),
  body: text().max(64_000),
  /** When it is done. */
  acceptance: text().max(16_000),
  type: z.enum(["task", "bug", "chore", "review"]),
  /** 0 (now) to 4 (some day). */
  priority: z.int().min(0).max(4),
  labels: z.array(z.string().trim().min(1).max(60)).max(50),
  metadata: z
    .record(z.string().min(1).max(100), z.unknown())
    .refine(
      (metadata) => JSON.stringify(metadata).length <= MAX_METADATA,
      `at most ${MAX_METADATA} characters of JSON`,
    ),
  /** Paths it is likely to change, such as `src/db` or `README.md`. */
  touches: z
    .array(z.string().regex(/^(?!\/)(?!.*\.\.)[^\0\n]{1,200}$/, "use paths inside the repository, such as src/db"))
    .max(50),
};

export const dependencyType = z.enum(["blocks", "related", "discovered-from", "parent-child"]);

/** An id, or a `ref`. */
const name = z.string().min(1).max(80);

export const beadInput = z.strictObject({
  rig: slug,
  title: words.title,
  body: words.body.default(""),
  acceptance: words.acceptance.default(""),
  type: words.type.default("task"),
  priority: words.priority.default(2),
  labels: words.labels.default([]),
  metadata: words.metadata.default({}),
  touches: words.touches.default([]),
  startFrom,
  /** The id of a bead, or the `ref` of another in the same batch. */
  parent: name.optional(),
  /** Beads that must be closed first, or with a `type` that it belongs to otherwise: ids, or `ref`s of the same batch. */
  dependsOn: z
    .array(
      z.union([
        name.transform((on) => ({ on, type: "blocks" as const })),
        z.strictObject({ on: name, type: dependencyType.default("blocks") }),
      ]),
    )
    .max(100)
    .default([]),
});

/** What is left out stays as it is. */
export type BeadEdit = z.output<typeof beadEdit>;
export const beadEdit = z
  .strictObject({
    ...words,
    startFrom,
    /** Null: it has none. */
    parent: slug.nullable(),
    /** Waits until an operator ends it with null. */
    hold: z.strictObject({ why: reason, by }).nullable(),
  })
  .partial()
  .refine((edit) => Object.keys(edit).length > 0, "say what should change");

const batch = z
  .array(beadInput.extend({ /** A name within this batch, for `dependsOn` and `parent`. */ ref: name.optional() }))
  .max(200);

export const beadsInput = z.strictObject({ beads: batch.min(1) });

const featureBranch = branchName.refine(
  (name) => !name.startsWith("town/"),
  "town/… is where attempts push; choose another name",
);

const convoyFields = z.strictObject({
  id: slugLike("my-convoy"),
  title: z.string().trim().min(1).max(200),
  /** What a failed or cancelled member means for its fellows that wait for it: they go on waiting, or without it. */
  onFailure: z.enum(["block", "continue"]).default("block"),
  /** Waits until an operator starts it. */
  held: z.boolean().default(false),
  /** Its members land here, and all of it lands at once when they have. Left out: each lands on the default branch. */
  branch: featureBranch.optional(),
  /** New ones. */
  beads: batch.default([]),
  /** Beads that are there already. */
  members: z.array(slug).max(200).default([]),
});

export const convoyInput = convoyFields.refine(
  ({ beads, members }) => beads.length + members.length > 0,
  "say which: new ones as `beads`, or ones that there are as `members`",
);

/** So that it can never hit the next run. */
export const ifFence = fence.optional().describe("only if that is still the newest");

/** Anything but these words is refused: who asks for a dry run must not get a real one. */
export const yesOrNo = z
  .enum(["true", "false"])
  .default("false")
  .transform((word) => word === "true");

/** A number in the path. @param what names it, and says where it is found */
export const numberIn = (what: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, `use ${what}`)
    .transform(Number);
