import type { StepReport } from "../src/protocol/progress.ts";
import { pause } from "./clock.ts";
import { lastLogMs } from "./limits.ts";
import type { Speaker } from "./places.ts";
import { postReport } from "./post-report.ts";
import { numbered, type ReportIdentity } from "./report-identity.ts";

/** What is new of a program's output, and of what it does; or null. */
export type News = {
  takeNews(last?: boolean): string | null;
  takeStep?(): StepReport | null;
};

/**
 * Sends what a program printed, beside the heartbeats and apart from them: a piece that is lost is lost, and what the
 * town says to one is of no consequence. Whether the fence holds, heartbeats find out.
 */
export class LogReports {
  readonly #speaker: Speaker;
  readonly #source: () => News | null;
  #sending: Promise<unknown> | null = null;

  constructor(speaker: Speaker, source: () => News | null) {
    this.#speaker = speaker;
    this.#source = source;
  }

  /** Sends what is new, unless a piece is still on its way: then the news waits. */
  send(identity: ReportIdentity, signal: AbortSignal): void {
    if (this.#sending || signal.aborted) return;
    const sending = this.#post(identity, false, signal);
    this.#sending = sending;
    void sending.finally(() => {
      this.#sending = null;
    });
  }

  /** Sends the rest, ahead of the run's last word, which does not wait for it for long. Its number is taken at once. */
  async sendLast(identity: ReportIdentity): Promise<void> {
    const deadline = AbortSignal.timeout(lastLogMs);
    const last = this.#post(identity, true, deadline, this.#sending ?? undefined);
    await Promise.race([last, pause(lastLogMs, deadline)]);
  }

  async #post(identity: ReportIdentity, last: boolean, signal: AbortSignal, after?: Promise<unknown>): Promise<void> {
    const source = this.#source();
    const step = source?.takeStep?.() ?? null;
    const text = source?.takeNews(last) ?? null;
    const progress = step && numbered(identity, { kind: "progress", message: inWords(step), step } as const);
    const log = text === null ? null : numbered(identity, { kind: "log", text } as const);
    await after;
    for (const report of [progress, log])
      if (report) await postReport(identity.reporting, this.#speaker, report, signal);
  }
}

/** A step in one line. */
function inWords({ tool, message, plan }: StepReport): string {
  if (tool) return `${tool.title} (${tool.status})`;
  const begun = plan?.find(({ status }) => status === "in_progress")?.text;
  return message || begun || `a plan of ${plan?.length ?? 0} steps`;
}
