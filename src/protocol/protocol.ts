/**
 * What a town and an agent host say to each other. Both sides parse with these schemas, so a message that
 * does not fit is refused at the door of whoever receives it. All times are milliseconds.
 *
 * Imported by the Worker and by the host program: no platform API may be used here.
 */
import { z } from "zod";
import { presetNames } from "../agents/index.ts";
import { branchPrefix } from "../lib/branch.ts";
import {
  BOOT_CHARS,
  CODE_CHARS,
  ending,
  instant,
  MESSAGE_CHARS,
  patience,
  said,
  TAIL_CHARS,
  untilReset,
  words,
} from "./bounded.ts";
import { failureKind, rejection } from "./failures.ts";
import { step, usage } from "./progress.ts";
import { saidRoom } from "./room.ts";

/** Sent in every message. A host refuses a version it does not know and says which it speaks. */
export const PROTOCOL = 1;

/** Names that end up in paths, branches and URLs: lower case, digits, single dashes inside. */
export const slug = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "use lower-case letters, digits and single dashes, such as my-rig");

export const fence = z.int().positive();

const commit = z.string().regex(/^[0-9a-f]{40,64}$/, "a full commit id");

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

/** Where and as whom a run reports. The token is good for this town, agent, bead and fence only. */
const reporting = z.object({
  /** `POST` target of the reports, absolute. */
  url: z.url(),
  token: z.string().min(1),
  heartbeatMs: z.int().positive(),
  /** Silence after which the town counts the run as lost; the host kills its own run at the same moment. */
  leaseMs: z.int().positive(),
});

/** How the agent program is spoken to, and how what it says is read. */
export const program = z.object({
  preset: z.enum(presetNames),
  /** `exec`: the prompt on standard input, its output read. `acp`: the Agent Client Protocol over both. */
  driver: z.enum(["exec", "acp"]),
  model: z.string().nullable(),
  maxCostUsd: z.number().positive().nullable(),
  maxTokens: z.int().positive().nullable(),
  permissions: z.enum(["allow", "deny"]),
  resume: z.boolean().optional(),
});

/** Work of an attempt: its commit, what it is built on, and where it was pushed. */
const work = z.object({ branch: z.string().min(1).max(300), head: commit, base: commit.optional() });

/** `PUT /v1/runs/{agent}`: run this agent on this bead, once, under this fence. */
export const startRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  agent: slug,
  bead: slug,
  fence,
  rig,
  /** The agent program. An argument that is exactly `{prompt}` or `{prompt_file}` is replaced. */
  command,
  /** Left out: any command, of which its exit code alone is understood. */
  program: program.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  prompt: z.string(),
  /** First line of the commit that the host makes of changes the agent left uncommitted. */
  title: z.string(),
  maxRunMs: z.int().positive(),
  /**
   * What the bead's last work is, on the branch of its attempt: the run goes on with it. Null: it begins at the main branch. Left
   * out: the town knows of none, and the host may go on with what it kept itself.
   */
  from: work.nullable().optional(),
  /** The remote has declined branches of this rig: find out whether it takes this one before the agent spends anything. */
  pushFirst: z.boolean().optional(),
  reporting,
});
export type StartRequest = z.infer<typeof startRequest>;

/** `POST /v1/runs/{agent}/messages`: a word to the run of this fence, put into its inbox once. 409: fenced; 404: no such run. */
export const messageRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  fence,
  /** The same again is the same message. */
  id: z.string().min(1).max(100),
  text: z.string().min(1).max(4_000),
});
export type MessageRequest = z.infer<typeof messageRequest>;

/** `POST /v1/merges`: land this head on the rig's default branch, once, under this fence. */
export const mergeRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  bead: slug,
  fence,
  rig,
  /** What lands: the branch as the run pushed it, and the commit it must still point to. */
  branch: z.string().min(1),
  head: commit,
  /** What the run was built on, as it reported: should this leave the default branch, it does not come back. */
  base: commit.optional(),
  /** Run in a checkout of the merged result; must exit 0 before anything is pushed. Null: no gate. */
  gate: command.nullable(),
  maxGateMs: z.int().positive(),
  reporting,
});
export type MergeRequest = z.infer<typeof mergeRequest>;

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

/** `GET /v1/runs`: what lives here, and what lately ended. A process, not a promise: `spawnedAtMs` is when it really began. */
const hostRun = z.object({
  town: slug,
  agent: slug,
  bead: slug,
  fence,
  state: z.enum(["preparing", "running", "finishing", "ended"]),
  pid: z.number().nullable(),
  spawnedAtMs: z.number().nullable(),
  exitedAtMs: z.number().nullable(),
});
export type HostRun = z.infer<typeof hostRun>;
export const hostRuns = z.object({ bootId: z.string(), runs: z.array(hostRun) });

const tail = ending(TAIL_CHARS);
const reportBase = {
  agent: slug.nullable(), // null: a landing, which no agent runs
  bead: slug,
  fence,
  /** Rises by one with every report of this fence, so a repeat can be told from news. */
  seq: z.int().positive(),
};

/** One thing a run has to say. `outputTail` is the end of what the program printed. */
export const report = z.discriminatedUnion("kind", [
  /**
   * Alive. `agentActiveAtMs` is when the agent last did something: printed, changed its worktree, used the processor.
   * By the host's clock, and so is `sentAtMs`: what lies between them is true on any clock. Null: nobody can say.
   */
  z.object({
    ...reportBase,
    kind: z.literal("heartbeat"),
    agentActiveAtMs: instant.nullable(),
    sentAtMs: instant.optional(),
    /** So far. */
    usage,
  }),
  z.object({ ...reportBase, kind: z.literal("progress"), message: said(500), step: step.optional() }),
  /** What the program printed since the last of these, secrets taken out. */
  z.object({ ...reportBase, kind: z.literal("log"), text: tail.pipe(z.string().min(1)) }),
  /** The agent ended well and its work is pushed: `head` is on the branch of this fence. */
  z.object({
    ...reportBase,
    kind: z.literal("finished"),
    head: commit,
    /** The commit of the branch it started from that the work is built on: what comes after it is the attempt's own. */
    base: commit.optional().catch(undefined),
    outputTail: tail,
    usage,
  }),
  z.object({
    ...reportBase,
    kind: z.literal("failed"),
    failure: failureKind,
    /** Stable word for the cause: `exit_code`, `no_commit`, `run_timeout`, `clone_failed`, `lease_expired`, … */
    code: said(CODE_CHARS),
    message: said(MESSAGE_CHARS),
    outputTail: tail,
    retryAfterMs: untilReset,
    usage,
    /** What it had done, pushed to the branch of this fence all the same. */
    saved: z.object({ head: commit, base: commit }).optional().catch(undefined),
  }),
  /** The agent ended well and says that there is nothing to do: nothing was changed, and nothing pushed. */
  z.object({
    ...reportBase,
    kind: z.literal("unchanged"),
    /** Why, in the agent's words. */
    message: said(MESSAGE_CHARS),
    outputTail: tail,
    usage,
  }),
  /** A landing reached the remote: `head` is the default branch's new commit. */
  z.object({
    ...reportBase,
    kind: z.literal("landed"),
    head: commit,
    /** What a person should know of how it landed. */
    note: said(MESSAGE_CHARS).optional().catch(undefined),
    /** It was there before it had been through the gate. */
    pastGate: z.boolean().optional().catch(undefined),
  }),
  /** A landing that would not do: the bead goes back to work with this as evidence. */
  z.object({
    ...reportBase,
    kind: z.literal("rejected"),
    code: rejection,
    message: said(MESSAGE_CHARS),
    outputTail: tail,
  }),
]);
export type Report = z.infer<typeof report>;

/** What only a run can say, and what only a landing; the rest both do. */
export const spokenBy: Partial<Record<Report["kind"], "run" | "landing">> = {
  finished: "run",
  unchanged: "run",
  landed: "landing",
  rejected: "landing",
};

/** What a run has to say, without who says it. */
export type Told = Report extends infer R
  ? R extends { bead: string }
    ? Omit<R, "bead" | "fence" | "agent" | "seq">
    : never
  : never;

/** `POST /v1/towns/{town}/reports`, one run's reports in order. */
export const reportsRequest = z.object({
  protocol: z.literal(PROTOCOL),
  bootId: words(BOOT_CHARS),
  reports: z.array(report).min(1).max(50),
  /** Of the host that sends them. */
  room: saidRoom,
});
export type ReportsRequest = z.infer<typeof reportsRequest>;

/**
 * `ok`: it counted. `duplicate`: known already, nothing changed. `fenced`: a newer attempt holds the bead, or it is
 * over: kill the run, keep nothing. `pending`: written down, not yet applied; no need to send it again.
 */
const verdict = z.enum(["ok", "duplicate", "fenced", "pending"]);
export type Verdict = z.infer<typeof verdict>;

/** `GET` at the same place, with the same token: whether its bead is over, so that what is kept of it is of no more use. */
export const beadAnswer = z.object({ over: z.boolean() });

/** 200, or 409 when every report was fenced. */
export const reportsAnswer = z.object({
  verdicts: z.array(z.object({ seq: z.number(), verdict })),
});
