import { storageTroubleOf } from "../lib/storage-trouble.ts";
import { ended, messageOf } from "../lib/text.ts";

/** What can't be put on record is said; where it is the storage that takes nothing, once each way. */
export class Complaints {
  readonly #log: (line: string) => void;
  #isMute = false;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  about(error: unknown, what: string): void {
    const trouble = storageTroubleOf(error);
    if (!trouble) this.#log(`${what}: ${messageOf(error)}`);
    else if (!this.#isMute) this.#log(`FAILING: ${ended(trouble.cause)} ${trouble.remedy}`);
    this.#isMute ||= trouble !== null;
  }

  /** @throws what it throws */
  heard<T>(what: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      this.about(error, what);
      throw error;
    }
  }

  /** Something was put on record. */
  end(): void {
    if (this.#isMute) this.#log("SUCCEEDING: its storage takes what is written again");
    this.#isMute = false;
  }
}
