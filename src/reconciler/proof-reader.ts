import type { Tx } from "../db/client.ts";
import { damage } from "../db/lenient.ts";
import { ended, messageOf } from "../lib/text.ts";
import type { Ports } from "../ports/ports.ts";
import { setAsideUnreadable } from "../unreadable/index.ts";
import { LOOK_THROUGH_MS } from "./limits.ts";

/** Lines in the log for one look at all rows, at most. */
const LINES = 10;

/** Looks through all rows for what can't be read, when something gives reason to. */
export class ProofReader {
  readonly #transaction: <T>(body: (tx: Tx) => T) => T;
  readonly #ports: Pick<Ports, "clock" | "log">;
  /** When rows were last looked through, and all of them could be read. */
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(transaction: <T>(body: (tx: Tx) => T) => T, ports: Pick<Ports, "clock" | "log">) {
    this.#transaction = transaction;
    this.#ports = ports;
  }

  /** Where none was found, the rows are not read again for a while, unless an operator asks for it: it is work. */
  lookThrough(by?: string): boolean {
    const { clock, log } = this.#ports;
    const nowMs = clock.now();
    if (by === undefined && Math.abs(nowMs - this.#lookedMs) < LOOK_THROUGH_MS) return false;
    try {
      const found = this.#transaction((tx) => setAsideUnreadable(tx, nowMs));
      this.#lookedMs = found.length === 0 ? nowMs : Number.NEGATIVE_INFINITY;
      for (const { tableName, rowKey, why } of found.slice(0, LINES))
        log(`UNREADABLE: in ${tableName}, ${rowKey}: ${ended(why)} What stood there is set aside: GET …/unreadable.`);
      if (found.length > LINES) log(`UNREADABLE: ${found.length - LINES} rows more.`);
      damage.seen = false;
      return found.length > 0;
    } catch (error) {
      log(`rows could not be looked through: ${messageOf(error)}`);
      return false;
    }
  }
}
