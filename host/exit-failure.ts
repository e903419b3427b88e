import { StepFailure } from "./outcomes.ts";

/** Codes of `sysexits.h` with which a plain command can say that the fault is not its own. */
const EX_TEMPFAIL = 75;
const EX_NOPERM = 77;

const DAY_MS = 24 * 3_600_000;

/** What an exit other than 0 means. */
export function exitFailure(
  code: number | null,
  killedBy: NodeJS.Signals | null,
  tail: string,
  nowMs = Date.now(),
): StepFailure {
  const last = lastLines(tail);
  const said = last ? ` It said last: ${last}` : "";
  if (killedBy) return new StepFailure("agent_failed", "signal", `The agent was ended by ${killedBy}.${said}`);
  if (code === EX_TEMPFAIL) {
    const message = `The agent's provider has reached a limit (exit code ${EX_TEMPFAIL}). It is tried again by itself.${said}`;
    return new StepFailure("provider_limited", "provider_limited", message, retryAfterMs(tail, nowMs));
  }
  if (code === EX_NOPERM) {
    const message = `The agent may not use its provider (exit code ${EX_NOPERM}). Log it in, or mend its key.${said}`;
    return new StepFailure("auth", "auth", message);
  }
  return new StepFailure("agent_failed", "exit_code", `The agent exited with code ${code}.${said}`);
}

/** `retry-after: 120` or `retry-after: 2026-11-23T12:00:00Z`, on one of the last lines. */
function retryAfterMs(tail: string, nowMs: number): number | undefined {
  const value = /^retry-after:\s*(\S+)\s*$/im.exec(tail.trim().split("\n").slice(-10).join("\n"))?.[1];
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), DAY_MS) : undefined;
}

const lastLines = (tail: string): string => tail.trim().split("\n").slice(-3).join(" / ").slice(-500);
