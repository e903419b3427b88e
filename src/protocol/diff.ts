/**
 * `POST /v1/rigs/diff`: the commits of an attempt and what they change, read from a host's own copy of the rig. Imported by the
 * Worker and by the host program: no platform API may be used here.
 */
import { z } from "zod";
import { BOOT_CHARS, words } from "./bounded.ts";
import { commit, PROTOCOL, rig, slug } from "./common.ts";

/**
 * How much of an answer is read, in bytes: more than of any other, since it is made of files. Sent through a socket it stands as
 * JSON within JSON, where each character takes two at the worst; the platform takes messages of a mebibyte.
 */
export const MAX_DIFF_BYTES = 480 * 1024;

/** What a host puts into an answer, with room for what stands around it. */
export const DIFF_BUDGET_BYTES = 400 * 1024;

/** Of so many commits and files an answer tells; the others are counted. */
export const MAX_COMMITS = 100;
export const MAX_FILES = 1_000;

/** A path is shown up to this length. Most systems take no longer one than 4,096 bytes. */
export const PATH_CHARS = 1_000;
export const SUBJECT_CHARS = 300;
export const NAME_CHARS = 120;
export const MAX_TRAILERS = 10;

export const diffRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  /** Its `defaultBranch` is the one that the work is for. */
  rig,
  bead: slug,
  head: commit,
  /** What the work is built on, where its host has said so. */
  base: commit.optional(),
  /** One file alone, by its path as a former answer has it: then more of it fits. */
  path: z.string().min(1).max(PATH_CHARS).optional(),
});
export type DiffRequest = z.infer<typeof diffRequest>;

const count = z.int().nonnegative();

const commitSchema = z
  .object({
    hash: commit,
    parents: z.array(commit).max(20).describe("two or more: a merge"),
    subject: z.string().max(SUBJECT_CHARS),
    author: z.string().max(NAME_CHARS),
    at: z.string().max(40).nullable().describe("when it was written, by its author's clock"),
    trailers: z
      .array(z.object({ name: z.string().max(NAME_CHARS), value: z.string().max(SUBJECT_CHARS) }))
      .max(MAX_TRAILERS),
  })
  .meta({ id: "DiffCommit" });
export type DiffCommit = z.infer<typeof commitSchema>;

const fileSchema = z
  .object({
    path: z.string().max(PATH_CHARS).describe("in quotes, as git writes it, where it holds unusual characters"),
    oldPath: z.string().max(PATH_CHARS).nullable().describe("where it was before, if it was moved"),
    status: z.enum(["added", "deleted", "modified", "renamed", "type_changed"]),
    kind: z.enum(["file", "symlink", "submodule", "lfs"]).describe("`lfs`: what stands here is a pointer of Git LFS"),
    modes: z.string().max(40).nullable().describe("where its mode changes, such as `100644 → 100755`"),
    binary: z.boolean(),
    additions: count.nullable().describe("lines; null: of what is binary, or was not looked at"),
    deletions: count.nullable(),
    oldBytes: count.nullable().describe("null: there was no such file"),
    bytes: count.nullable().describe("null: there is none any more"),
    patch: z
      .string()
      .nullable()
      .describe(
        "its hunks, for reading: secrets and control characters are replaced. Null: `binary`, or see `truncated`",
      ),
    truncated: z
      .enum(["cut", "too_large", "left_out"])
      .nullable()
      .describe(
        "`cut`: the patch goes on; `too_large`: the file is too large to be compared; `left_out`: there was no room or time for it. Null: all of it is here",
      ),
  })
  .meta({ id: "DiffFile" });
export type DiffFile = z.infer<typeof fileSchema>;

export const changesSchema = z.object({
  base: commit.nullable().describe("what the changes are shown against; null: there was nothing before"),
  baseFrom: z
    .enum(["attempt", "branch", "commits"])
    .describe(
      "how the base is known: `attempt`: its host has said so; `branch`: it is where the work left the branch that it is for; `commits`: all is on that branch, and the bead's trailers, or else the last commit alone, tell",
    ),
  head: commit,
  commits: z.array(commitSchema).max(MAX_COMMITS).describe("the newest first"),
  moreCommits: count.describe("that are not listed"),
  files: z.array(fileSchema).max(MAX_FILES),
  moreFiles: count.describe("that are not listed"),
  truncated: z.boolean().describe("something was left out, or cut: the files say what"),
});
export type Changes = z.infer<typeof changesSchema>;

export const diffAnswer = changesSchema.extend({ bootId: words(BOOT_CHARS) });

/** Why a host shows no changes, by the code of its refusal. */
export const GONE_COMMITS = "commits_gone";
export const NO_SUCH_FILE = "no_such_file";
export const TOOK_TOO_LONG = "took_too_long";
