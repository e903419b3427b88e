import { seqBlock } from "./limits.ts";

/**
 * Numbers the reports of one fence. Sets numbers aside in blocks, durably, before it hands them out: after a restart it
 * goes on behind the block, so no number is ever used twice, and a heartbeat costs no write.
 */
export class SeqCounter {
  #last: number;
  #reserved: number;
  readonly #reserve: (upTo: number) => void;

  /**
   * @param last the last number that may have been used
   * @param reserved up to here numbers may be used without writing that down first
   * @param reserve writes down how far they may be used now
   */
  constructor(last: number, reserved: number, reserve: (upTo: number) => void) {
    this.#last = last;
    this.#reserved = reserved;
    this.#reserve = reserve;
  }

  next(): number {
    if (this.#last >= this.#reserved) {
      this.#reserve(this.#reserved + seqBlock);
      this.#reserved += seqBlock;
    }
    this.#last += 1;
    return this.#last;
  }
}
