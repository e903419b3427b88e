import type { StepReport } from "../src/protocol/progress.ts";

/**
 * What a landing is at, for who wonders why it takes so long. Its town is told the newest, and only from when the remote was reached: a
 * sign that something is at work counts as that.
 */
export class LandingSteps {
  readonly #say: (what: string) => void;
  #next: string | null = null;

  /** @param say tells the host's own log */
  constructor(say: (what: string) => void) {
    this.#say = say;
  }

  at(what: string): void {
    this.#next = what;
    this.#say(what);
  }

  /** Once. */
  take(): StepReport | null {
    const message = this.#next;
    this.#next = null;
    return message === null ? null : { message };
  }
}
