/** What runs and landings report to their town, and its verdicts. */
import { z } from "zod";
import {
  BOOT_CHARS,
  CODE_CHARS,
  ending,
  instant,
  MESSAGE_CHARS,
  said,
  TAIL_CHARS,
  untilReset,
  words,
} from "./bounded.ts";
import { commit, fence, PROTOCOL, slug } from "./common.ts";
import { failureKind, rejection } from "./failures.ts";
import { step, usage } from "./progress.ts";
import { saidRoom } from "./room.ts";

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
   * By the host's clock, and so is `sentAtMs`: what lies between them is true on any clock. Null: not known.
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

/** What says that a run lives and goes on; all others are its last word. */
export const signsOfLife = ["heartbeat", "progress", "log"] as const satisfies readonly Report["kind"][];
type SignOfLife = (typeof signsOfLife)[number];

export const isSignOfLife = <R extends { kind: Report["kind"] }>(one: R): one is Extract<R, { kind: SignOfLife }> =>
  signsOfLife.some((kind) => kind === one.kind);

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
  /** The room of the host that sends them. */
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
