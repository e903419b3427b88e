import { resetInHeader } from "../src/agents/reset.ts";
import { lastSaid } from "./last-said.ts";
import { StepFailure } from "./outcomes.ts";

/** How a program ended. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** Exit codes by which any command can say that the fault lies with its provider, not its work (sysexits.h). */
const tempFail = 75;
const noPerm = 77;

/** Where `retry-after` is looked for: among the last lines only, for an agent may print anything before. */
const lastLinesRead = 20;

/** Of what an agent printed. */
const shown = { lines: 3, chars: 500 };

/**
 * What an agent's end other than exit code 0 means.
 *
 * @param tail the end of its output, fit to be shown
 */
export function failureOfExit({ code, signal }: Exit, tail: string, nowMs: number): StepFailure {
  const said = lastSaid(tail, shown);
  if (signal) return new StepFailure("agent_failed", "signal", `The agent was ended by ${signal}.${said}`);
  const ended = `The agent exited with code ${code}`;
  if (code === tempFail) {
    const message = `${ended}: its provider takes no more for now. Wait, raise the provider's limit, or give the agent another account.${said}`;
    return new StepFailure("provider_limited", "provider_limited", message, retryAfterMs(tail, nowMs));
  }
  if (code === noPerm) {
    const message = `${ended}: it may not use its provider. Log it in on this host, or mend the key in its environment.${said}`;
    return new StepFailure("auth", "auth", message);
  }
  return new StepFailure("agent_failed", "exit_code", `${ended}${hintFor(code)}.${said}`);
}

/** How long the program asks to be left alone: the last `retry-after:` with seconds or a date, as in HTTP. */
export function retryAfterMs(tail: string, nowMs: number): number | undefined {
  const lines = tail.trimEnd().split("\n").slice(-lastLinesRead);
  for (const line of lines.reverse()) {
    const given = /retry-after:\s*(\S[^\n]*)/i.exec(line)?.[1];
    const untilMs = given === undefined ? null : resetInHeader(given, nowMs);
    if (untilMs !== null) return untilMs - nowMs;
  }
  return undefined;
}

/** What shells mean by their own codes. */
function hintFor(code: number | null): string {
  if (code === 127) return " (a command that it calls was not found on this host)";
  return code === 126 ? " (a command that it calls can't be executed)" : "";
}
