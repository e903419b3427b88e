/**
 * What a town writes about itself (incidents, ticks) is of use only as long as it costs nothing else: what can't be written is
 * unwound alone, and costs a line of the log. Never a pass, nor the settlement in it.
 */
import type { Tx } from "../db/client.ts";
import { savepoint } from "../db/town-row.ts";
import { messageOf } from "../lib/text.ts";

/** @returns the lines of `write`, or the one that says why there are none */
export const onRecord = (tx: Tx, what: string, write: (tx: Tx) => readonly string[]): readonly string[] =>
  orWhyNot(what, () => savepoint(tx, write));

/** The same, of what leaves nothing behind when it fails: it has its own savepoint, or is one statement. */
export function orWhyNot(what: string, write: () => readonly string[]): readonly string[] {
  try {
    return write();
  } catch (error) {
    return [`${what} could not be put on record: ${messageOf(error)}`];
  }
}

/** Writes it whole, or else its short form. @param write leaves nothing behind when it fails @throws what the short form throws */
export function withFallback<T, R>(write: (value: T) => R, whole: T, short: T): R {
  try {
    return write(whole);
  } catch {
    return write(short);
  }
}
