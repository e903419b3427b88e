import { logPieceChars, tailChars } from "./limits.ts";
import { clipEnd, redact } from "./redact.ts";

/** Kept beyond what is shown, so that a secret is not cut in two, unrecognised, where the text begins. */
const marginChars = 2_000;

/** What a program printed, on both streams: its end, and the part nobody was told of yet. Gives out nothing unredacted. */
export class Printed {
  readonly #secrets: readonly string[];
  #tail = "";
  #news = "";
  /** Characters that came and went since the last piece was taken. */
  #missed = 0;
  /** The news was an unfinished line when last looked at, and was left to grow. */
  #waited = false;

  /** @param secrets what else must not be shown, apart from what looks like a secret anyway */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  add(text: string): void {
    this.#tail = (this.#tail + text).slice(-tailChars - marginChars);
    const news = this.#news + text;
    this.#news = news.slice(-logPieceChars - marginChars);
    this.#missed += news.length - this.#news.length;
  }

  get tail(): string {
    return clipEnd(redact(this.#tail, this.#secrets), tailChars);
  }

  /**
   * What was printed since last time, or null; where it is too much, its end and how much was left out. A line still
   * being written waits one turn for its end, lest a secret be sent in two halves.
   *
   * @param last there will be no other time
   */
  takeNews(last = false): string | null {
    const lines = this.#news.lastIndexOf("\n") + 1;
    const end = last || (lines === 0 && (this.#waited || this.#missed > 0)) ? this.#news.length : lines;
    const clean = clipEnd(redact(this.#news.slice(0, end), this.#secrets), this.#news.length);
    const missed = this.#missed;
    this.#news = this.#news.slice(end);
    this.#missed = 0;
    this.#waited = this.#news !== "" && end === 0;
    if (clean === "") return null;
    return missed === 0 && clean.length <= logPieceChars ? clean : shortened(clean, missed);
  }
}

/** Begins with a whole line, where there is one: what is cut may be half a secret. */
function shortened(text: string, missed: number): string {
  const rest = clipEnd(text, logPieceChars - 60);
  const lineStart = rest.indexOf("\n") + 1;
  const shown = lineStart < rest.length / 2 ? rest.slice(lineStart) : rest;
  return `[… ${missed + text.length - shown.length} characters left out]\n${shown}`;
}
