import { logPieceChars, tailChars } from "./limits.ts";
import { clipEnd } from "./redact.ts";
import { ShownText } from "./shown-text.ts";

/** What a program printed, on all its streams: its end, and the part that was not reported yet. Holds nothing unredacted. */
export class Printed {
  readonly #secrets: readonly string[];
  readonly #sources: ShownText[] = [];
  #tail = "";
  #news = "";
  /** Characters that came and went since the last piece was taken. */
  #missed = 0;
  /** All that was new when last looked at were unfinished lines, and they were left to grow. */
  #waited = false;

  /** @param secrets what else must not be shown, apart from what is registered and what looks like a secret anyway */
  constructor(secrets: readonly string[] = []) {
    this.#secrets = secrets;
  }

  /** One stream: what two of them print is never taken for one line, or each could tear the other's secrets apart. */
  source(): ShownText {
    const source = new ShownText(this.#secrets, (text) => this.#keep(text));
    this.#sources.push(source);
    return source;
  }

  /** Cut only now and then, so that many short lines cost no more than a long one. */
  #keep(text: string): void {
    this.#tail += text;
    if (this.#tail.length > 4 * tailChars) this.#tail = this.#tail.slice(-tailChars);
    this.#news += text;
    if (this.#news.length > 4 * logPieceChars) this.#trimNews();
  }

  #trimNews(): void {
    this.#missed += Math.max(0, this.#news.length - logPieceChars);
    this.#news = this.#news.slice(-logPieceChars);
  }

  /** The end of it. Asked when nothing more is to come: what was begun ends here. */
  get tail(): string {
    for (const source of this.#sources) source.end();
    return clipEnd(this.#tail, tailChars);
  }

  /**
   * What was printed since last time, or null; where it is too much, its end and how much was left out. A line still
   * being written waits one turn for its end; of one that goes on, its last word waits.
   *
   * @param last there will be no other time
   */
  takeNews(last = false): string | null {
    for (const source of this.#sources) {
      if (last) source.end();
      else if (this.#waited && this.#news === "") source.showSettled();
    }
    this.#waited = this.#news === "" && this.#sources.some((source) => source.isGrowing);
    this.#trimNews();
    const [news, missed] = [clipEnd(this.#news, logPieceChars), this.#missed];
    this.#news = "";
    this.#missed = 0;
    if (news === "") return null;
    return missed === 0 ? news : shortened(news, missed);
  }
}

/** Begins with a whole line, where there is one. */
function shortened(text: string, missed: number): string {
  const rest = clipEnd(text, logPieceChars - 60);
  const lineStart = rest.indexOf("\n") + 1;
  const shown = lineStart < rest.length / 2 ? rest.slice(lineStart) : rest;
  return `[… ${missed + text.length - shown.length} characters left out]\n${shown}`;
}
