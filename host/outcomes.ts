import type { FailureKind, Rejection } from "../src/protocol/failures.ts";
import type { Report } from "../src/protocol/reports.ts";
import { tailChars } from "./limits.ts";
import { clipEnd, redact, redactStart } from "./redact.ts";

type WithoutIdentity<R> = R extends Report ? Omit<R, "agent" | "bead" | "fence" | "seq"> : never;

/** What a report says, before it is known who says it and as which number. */
type ReportBody = WithoutIdentity<Report>;

/** The last word of a run or landing. */
export type Outcome = Exclude<ReportBody, { kind: "heartbeat" | "progress" | "log" }>;

/** Why a run or landing had to stop, other than by its own doing. */
export type EndReason = "fenced" | "superseded" | "stopped" | "lease" | "run_timeout" | "draining";

/** Thrown by every step of a run or landing that may act no more. */
export class Ended extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`ended: ${reason}`);
    this.reason = reason;
  }
}

/** A step that failed in a way the town should hear about. */
export class StepFailure extends Error {
  readonly failure: FailureKind;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(failure: FailureKind, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.failure = failure;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Git can't take what the agent left: its own fault, in git's words. */
export const commitFailed = (error: Error): StepFailure =>
  new StepFailure("agent_failed", "commit_failed", `The agent's work could not be committed. ${error.message}`);

export function failed(failure: FailureKind, code: string, message: string, tail = ""): Outcome {
  return {
    kind: "failed",
    failure,
    code,
    message: redactStart(message, 2_000),
    outputTail: clipEnd(redact(tail), tailChars),
  };
}

export function rejected(code: Rejection, message: string, tail: string): Outcome {
  return {
    kind: "rejected",
    code,
    message: redactStart(message, 2_000),
    outputTail: clipEnd(redact(tail), tailChars),
  };
}

/** An agent that ended well, changed nothing, and gave a reason. */
export class NothingToDo extends Error {}

/** What the town is told after an error. Null: nothing, since it asked for the end or no longer knows the fence. */
export function outcomeOf(error: unknown, tail: string): Outcome | null {
  if (error instanceof Ended) return outcomeOfEnd(error.reason, tail);
  if (error instanceof StepFailure) {
    const outcome = failed(error.failure, error.code, error.message, tail);
    if (outcome.kind === "failed" && error.retryAfterMs !== undefined) outcome.retryAfterMs = error.retryAfterMs;
    return outcome;
  }
  if (error instanceof NothingToDo)
    return {
      kind: "unchanged",
      message: redactStart(error.message, 2_000),
      outputTail: clipEnd(redact(tail), tailChars),
    };
  const message = error instanceof Error ? error.message : String(error);
  return failed("refused", "host_error", `The agent host ran into an error of its own: ${message}`, tail);
}

/** Whether it was called off, so that nothing more of it is reported. */
export function endedSilently(signal: AbortSignal): boolean {
  return signal.aborted && outcomeOf(signal.reason, "") === null;
}

function outcomeOfEnd(reason: EndReason, tail: string): Outcome | null {
  switch (reason) {
    case "lease":
      return failed(
        "lost",
        "lease_expired",
        "The town could not be reached for a whole lease: the host stopped.",
        tail,
      );
    case "draining":
      return failed("lost", "host_draining", "The agent host is shutting down and stopped what it ran.", tail);
    case "run_timeout":
      return failed("agent_failed", "run_timeout", "The agent ran longer than allowed and was stopped.", tail);
    default:
      return null;
  }
}

/** For the log. */
export function inWords(outcome: Outcome | null, signal: AbortSignal): string {
  if (!outcome) return `ended without a report (${(signal.reason as Error | undefined)?.message ?? "?"})`;
  return outcome.kind === "failed" ? `failed, ${outcome.code}` : outcome.kind;
}
