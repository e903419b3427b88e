import { pause } from "./clock.ts";
import { lastLogMs } from "./limits.ts";
import { postReport } from "./post-report.ts";
import { numbered, type Voice } from "./voice.ts";

/** Gives what is new of a program's output, or null. */
type TakeNews = (last?: boolean) => string | null;

/**
 * Sends what a program printed, beside the heartbeats and apart from them: a piece that is lost is lost, and what the
 * town says to one is of no consequence. Whether the fence holds, heartbeats find out.
 */
export class LogReports {
  readonly #bootId: string;
  readonly #takeNews: TakeNews;
  #sending: Promise<unknown> | null = null;

  constructor(bootId: string, takeNews: TakeNews) {
    this.#bootId = bootId;
    this.#takeNews = takeNews;
  }

  /** Sends what is new, unless a piece is still on its way: then the news waits. */
  send(voice: Voice, signal: AbortSignal): void {
    if (this.#sending || signal.aborted) return;
    const sending = this.#post(voice, false, signal);
    this.#sending = sending;
    void sending.finally(() => {
      this.#sending = null;
    });
  }

  /** Sends the rest, ahead of the run's last word, which does not wait for it for long. Its number is taken at once. */
  async sendLast(voice: Voice): Promise<void> {
    const deadline = AbortSignal.timeout(lastLogMs);
    const last = this.#post(voice, true, deadline, this.#sending ?? undefined);
    await Promise.race([last, pause(lastLogMs, deadline)]);
  }

  async #post(voice: Voice, last: boolean, signal: AbortSignal, after?: Promise<unknown>): Promise<void> {
    const text = this.#takeNews(last);
    const report = text === null ? null : numbered(voice, { kind: "log", text } as const);
    await after;
    if (report) await postReport(voice.reporting, this.#bootId, report, signal);
  }
}
