/** The message of any thrown value: never empty, never longer than `max`. */
export function messageOf(error: unknown, max = 1_000): string {
  const reason = reasonOf(error);
  const text =
    reason instanceof Error ? `${reason.name === "Error" ? "" : `${reason.name}: `}${reason.message}` : String(reason);
  return clip(text.trim() || "failed without a message", max);
}

/** Where Drizzle says only which query failed, why it did stands behind that. */
const reasonOf = (error: unknown): unknown =>
  error instanceof Error && /^Drizzle/.test(error.name) && error.cause !== undefined ? reasonOf(error.cause) : error;

/** For a log, where a line is a line: what came from outside may hold any characters. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ");

/** Fit for JSON and SQLite: no NUL, no half of a character. */
export const clean = (text: string): string => text.replaceAll("\0", "").toWellFormed();

/** Its first `max` characters at most; the last of them is a mark where there is more. */
export const clip = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;

/** What a remote, an agent or a host said, as part of a sentence: the whole of it stands in the evidence. */
export const quoted = (text: string, max = QUOTED_CHARS): string => clip(oneLine(sentences(text)).trim(), max);
/** Its lines stand one after the other: where one ends without a sign, it ends here with one. */
export const sentences = (text: string): string => text.replace(/([^\s.,:;!?…/-])\s*\n\s*/g, "$1. ");
const QUOTED_CHARS = 160;

/** A sentence of what may be one already: no second dot behind one that it ends in. */
export const ended = (text: string): string => (/[.!?…]$/.test(text.trimEnd()) ? text.trimEnd() : `${text.trimEnd()}.`);

/** Its last `max` characters at most; the first of them is a mark where there is more. */
export const clipHead = (text: string, max: number): string =>
  text.length <= max ? text : `…${text.slice(1 - max).toWellFormed()}`;

/** A count with its noun. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** 1st, 2nd, 3rd, 4th, 11th. */
export function ordinal(n: number): string {
  const isTeen = Math.floor(n / 10) % 10 === 1;
  return `${n}${(!isTeen && ["th", "st", "nd", "rd"][n % 10]) || "th"}`;
}
