/**
 * What a town and an agent host say to each other. Both sides parse with these schemas, so a message that
 * does not fit is refused at the door of its receiver. All times are milliseconds.
 *
 * Imported by the Worker and by the host program: no platform API may be used here.
 */
import { z } from "zod";
import { branchPrefix } from "../lib/branch.ts";
import { BOOT_CHARS, CODE_CHARS, MESSAGE_CHARS, patience, words } from "./bounded.ts";
import { saidRoom } from "./room.ts";

/** Sent in every message. A host refuses a version it does not know and says which it speaks. */
export const PROTOCOL = 1;

/** Names that end up in paths, branches and URLs: lower case, digits, single dashes inside. */
export const slugLike = (example: string, most = 60) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, `use lower-case letters, digits and single dashes, such as ${example}`);
export const slug = slugLike("my-rig");

export const fence = z.int().positive();

export const commit = z.string().regex(/^[0-9a-f]{40,64}$/, "a full commit id");

/** No system takes this character in an argument or an environment: a program could never be started with it. */
export const noNul = [/^[^\0]*$/, "leave out the NUL character (\\u0000)"] as const;

/** A command as its arguments, never as one shell string. */
export const command = z
  .array(
    z
      .string()
      .min(1)
      .max(4_000)
      .regex(...noNul),
  )
  .min(1)
  .max(100);

/**
 * What `git clone` is given: a URL over https, http, ssh, git or file, `user@host:path`, or an absolute path.
 * Anything else is refused, above all what git would read as an option (`-…`) or run as a helper (`ext::…`), and
 * passwords or tokens in the URL, which would end up in lists and logs.
 */
export const repoUrl = z
  .string()
  .max(2_000)
  .regex(...noNul)
  .regex(
    /^(?:(?:https?|ssh|git|file):\/\/[^\s-]\S*|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:\S+|\/[^\n\0]*)$/,
    "use a URL (https, http, ssh, git or file), user@host:path, or an absolute path",
  )
  .refine(
    (url) => !/^(?:https?:\/\/[^/]*@|[a-z]+:\/\/[^/@]*:[^/@]*@)/.test(url),
    "leave the password or token out of the URL; the host's git credential helper brings it",
  );

const branchName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/, "use a branch's name, such as main");

export const rig = z.object({
  id: slug,
  repoUrl,
  /** The branch work starts from and lands on. */
  defaultBranch: branchName,
  /** The branch that this one begins at, as long as the remote does not have it. */
  forkOf: branchName.optional(),
  /** What the branches of its attempts begin with; left out: `town/`. */
  branchPrefix: branchPrefix.optional(),
  /** Whether each commit says which bead and attempt it is of; left out: as the host does by itself. */
  trailers: z.boolean().optional(),
});
export type RigSpec = z.infer<typeof rig>;

/** How many landings of a rig may be under way: they land one by one, but their gates run side by side. */
export const landingsAtOnce = z.int().min(1).max(8);

/** Where and as whom a run reports. The token is good for this town, agent, bead and fence only. */
export const reporting = z.object({
  /** `POST` target of the reports, absolute. */
  url: z.url(),
  token: z.string().min(1),
  heartbeatMs: z.int().positive(),
  /** Silence after which the town counts the run as lost; the host kills its own run at the same moment. */
  leaseMs: z.int().positive(),
});

/**
 * Answer to a start, a merge, a stop or a message. `accepted` is a promise, not a proof: the proof is a heartbeat.
 * HTTP 202 (taken), 200 (this fence is known already: nothing new was started) or 409 (refused).
 */
export const hostAnswer = z.object({
  accepted: z.boolean(),
  bootId: words(BOOT_CHARS),
  /** Why not: `fenced`, `draining`, `at_capacity`, `command_missing`, `low_disk`, `protocol`, … */
  code: words(CODE_CHARS).optional().catch(undefined),
  message: words(MESSAGE_CHARS).optional().catch(undefined),
  retryAfterMs: patience,
  /** As it is after this answer. */
  room: saidRoom,
});
export type HostAnswer = z.infer<typeof hostAnswer>;
