/** The line to a Worker, for what is followed for long: a town keeper that begins again meanwhile ends nothing. */
import { setTimeout as pause } from "node:timers/promises";
import { isUnanswered } from "../fault.ts";
import { AGAIN_MS, type LineHearing } from "../stream.ts";

export class Line implements LineHearing {
  readonly #url: string;
  #hasAnswered = false;
  #isLost = false;

  constructor(url: string) {
    this.#url = url;
  }

  lost(): void {
    if (!this.#isLost)
      process.stderr.write(`town: nobody answers at ${this.#url} any more; it is asked again and again\n`);
    this.#isLost = true;
  }

  there(): void {
    if (this.#isLost) process.stderr.write(`town: ${this.#url} answers again\n`);
    this.#isLost = false;
    this.#hasAnswered = true;
  }

  /** Asks until there is an answer, or until then. @throws what went wrong, where nobody has answered at all */
  async asking<T>(ask: () => Promise<T>, untilMs = Number.POSITIVE_INFINITY): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.there();
        return answer;
      } catch (error) {
        if (!this.#hasAnswered || !isUnanswered(error) || performance.now() > untilMs) throw error;
        this.lost();
      }
      await pause(AGAIN_MS);
    }
  }
}
