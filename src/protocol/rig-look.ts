/**
 * `POST /v1/rigs/look`: what is at a rig's URL, before anything is known of it. Imported by the Worker and by the host
 * program: no platform API may be used here.
 */
import { z } from "zod";
import { branchName, branchPrefix } from "../lib/branch.ts";
import { BOOT_CHARS, CODE_CHARS, words } from "./bounded.ts";
import { PROTOCOL, repoUrl, slug } from "./common.ts";

export const lookRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  rig: z.object({
    id: slug,
    repoUrl,
    /** Left out: the one that the remote itself calls its default. */
    defaultBranch: branchName.optional(),
    branchPrefix: branchPrefix.optional(),
  }),
  /** Has it found out for real whether the remote takes branches, by one that is pushed and deleted. An older host does not. */
  push: z.boolean().optional(),
  /** Has an empty repository begun: a first commit without files is made, and pushed to its default branch. */
  begin: z.boolean().optional(),
});
export type LookRequest = z.infer<typeof lookRequest>;

/** What a host found. A name that git would not take is none: the answer is refused as a whole. */
const rigLook = z.object({
  ok: z.boolean(),
  /** The default branch, which an empty repository does not have yet. Null: the remote can't be reached, or names none. */
  branch: branchName.nullable(),
  /** For people, either way. */
  detail: words(2_000),
  /** What to do where it is not well. */
  hint: words(500).nullable(),
  /** What is not well, by the codes of runs that meet the same. An older host does not say. */
  code: words(CODE_CHARS).nullable().optional(),
  /** Whether it is well to push there, as a preflight finds out. Left out: that is not known. */
  pushed: z.boolean().optional(),
});
export type RigLook = z.infer<typeof rigLook>;

/** The code of a look that did not take place. */
export const NOT_ASKED = "not_asked";

/** What a look says of the default branch. Null: no host was asked. */
export const branchFound = (
  look: RigLook | null,
): { branchFrom: "assumed" } | { defaultBranch: string; branchFrom: "remote" } =>
  look?.branch == null ? { branchFrom: "assumed" } : { defaultBranch: look.branch, branchFrom: "remote" };

export const lookAnswer = rigLook.extend({ bootId: words(BOOT_CHARS) });
