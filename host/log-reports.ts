import type { StepReport } from "../src/protocol/progress.ts";
import type { Report } from "../src/protocol/reports.ts";
import { elapsedMs, instant, settledWithin } from "./clock.ts";
import { firstLogMs, lastLogMs } from "./limits.ts";
import type { Speaker } from "./places.ts";
import { postReports } from "./post-report.ts";
import { numbered, type ReportIdentity } from "./report-identity.ts";

/** What is new of a program's output, and of what it does; or null. */
export type News = {
  takeNews(last?: boolean): string | null;
  takeStep?(): StepReport | null;
  /** It prints no more: the rest goes with the last word. */
  readonly isOver?: boolean;
};

/**
 * Sends what a program printed, beside the heartbeats and apart from them: a piece that is lost is lost, and what the
 * town says to one is of no consequence. Whether the fence holds, heartbeats find out. What is printed after a silence is told
 * soon, and then after longer and longer gaps, until it goes along with heartbeats alone.
 */
export class LogReports {
  readonly #speaker: Speaker;
  readonly #source: () => News | null;
  #sending: Promise<unknown> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #gapMs = firstLogMs;
  #newsAt = instant();

  constructor(speaker: Speaker, source: () => News | null) {
    this.#speaker = speaker;
    this.#source = source;
  }

  /**
   * Looks between the heartbeats, from now on.
   *
   * @param isHeard whether the town took the last heartbeat: what is sent to one out of reach is lost
   */
  watch(identity: ReportIdentity, isHeard: () => boolean, signal: AbortSignal): void {
    const { heartbeatMs } = identity.reporting;
    clearTimeout(this.#timer);
    if (firstLogMs >= heartbeatMs) return;
    if (elapsedMs(this.#newsAt) > heartbeatMs) this.#gapMs = firstLogMs;
    // By heartbeats alone: they see when it falls silent, and this looks no less often.
    const goesAlong = this.#gapMs >= heartbeatMs;
    this.#timer = setTimeout(
      () => {
        const before = this.#newsAt;
        if (!goesAlong && isHeard() && !this.#source()?.isOver) this.send(identity, signal);
        if (this.#newsAt !== before) this.#gapMs *= 2;
        this.watch(identity, isHeard, signal);
      },
      goesAlong ? firstLogMs : this.#gapMs,
    );
  }

  /** Looks no more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Sends what is new, unless a piece is still on its way: then the news waits. */
  send(identity: ReportIdentity, signal: AbortSignal): void {
    if (this.#sending || signal.aborted) return;
    const sending = this.#post(identity, signal);
    this.#sending = sending;
    void sending.finally(() => {
      this.#sending = null;
    });
  }

  /**
   * The rest, which goes in one message with the run's last word. Its numbers are taken at once; a piece that is still on its way is not
   * waited for for long.
   */
  async takeLast(identity: ReportIdentity): Promise<readonly Report[]> {
    const last = this.#take(identity, true);
    if (this.#sending) await settledWithin(this.#sending, lastLogMs);
    return last;
  }

  async #post(identity: ReportIdentity, signal: AbortSignal): Promise<void> {
    const news = this.#take(identity, false);
    if (news.length > 0) await postReports(identity.reporting, this.#speaker, news, signal);
  }

  #take(identity: ReportIdentity, last: boolean): Report[] {
    const source = this.#source();
    const step = source?.takeStep?.() ?? null;
    const text = source?.takeNews(last) ?? null;
    const progress = step && numbered(identity, { kind: "progress", message: inWords(step), step } as const);
    const log = text === null ? null : numbered(identity, { kind: "log", text } as const);
    if (step || text !== null) this.#newsAt = instant();
    return [progress, log].filter((report) => report !== null);
  }
}

/** A step in one line. */
function inWords({ tool, message, plan }: StepReport): string {
  if (tool) return `${tool.title} (${tool.status})`;
  const begun = plan?.find(({ status }) => status === "in_progress")?.text;
  return message || begun || `a plan of ${plan?.length ?? 0} steps`;
}
