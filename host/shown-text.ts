import { keyChars, shownLineChars } from "./limits.ts";
import { openEnd, secretSpans, settledEnd } from "./redact.ts";
import { keySpans, without } from "./secret-shapes.ts";

/** Hidden where a line is cut, since what stands there may be the first half of a secret. */
const marginChars = 2_000;

/** So much of a known value gives it away. */
const halfChars = 6;

/**
 * One stream of text on its way to people, without secrets, by whole lines. Of a line that still grows it gives out only what
 * is settled, and it keeps the line, so that the second half of a secret is known by its first. What is too long is dropped.
 */
export class ShownText {
  readonly #secrets: readonly string[];
  readonly #show: (text: string) => void;
  /** The line that still grows. */
  #line = "";
  /** Characters of it that are shown already, and that were dropped. */
  #shown = 0;
  #dropped = 0;
  /** How much of a private key was hidden, that has not ended yet; 0: none has begun. */
  #hidden = 0;

  constructor(secrets: readonly string[], show: (text: string) => void) {
    this.#secrets = secrets;
    this.#show = show;
  }

  add(text: string): void {
    // A carriage return ends a line as well: programs that show their progress write no other end for minutes.
    const cut = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
    if (cut > 0) this.#finish(text.slice(0, cut));
    this.#grow(text.slice(cut));
  }

  get isGrowing(): boolean {
    return this.#line.length > this.#shown;
  }

  /** Shows what is settled of a line that has been waited for. */
  showSettled(): void {
    if (this.#hidden > 0 || this.#dropped > 0) return;
    const end = settledEnd(this.#line, this.#secrets);
    if (end <= this.#shown) return;
    this.#show(this.#clean(this.#line, end).text);
    this.#shown = end;
  }

  /** Nothing comes any more. */
  end(): void {
    if (this.#dropped > 0) this.#showCut();
    const end = openEnd(this.#line, this.#secrets);
    const isHalf = this.#line.length - end >= halfChars;
    if (this.isGrowing) this.#show(this.#clean(this.#line, isHalf ? end : this.#line.length).text);
    this.#line = "";
    this.#shown = 0;
  }

  #grow(text: string): void {
    const room = shownLineChars - this.#line.length;
    this.#line += text.slice(0, room);
    this.#dropped += Math.max(0, text.length - room);
  }

  /** @param text ends with a line's end */
  #finish(text: string): void {
    let rest = text;
    if (this.#dropped > 0) {
      const end = text.search(/[\r\n]/);
      this.#dropped += end;
      this.#showCut();
      rest = text.slice(end);
    }
    const lines = this.#line + rest;
    const { text: clean, inside } = this.#clean(lines, lines.length);
    // Whoever only prints the words that begin a key is not silenced for good.
    this.#hidden = inside && this.#hidden < keyChars ? this.#hidden + rest.length : 0;
    this.#line = "";
    this.#shown = 0;
    if (clean !== "") this.#show(clean);
  }

  /** The beginning of a line that became too long, with how much of it is left out. */
  #showCut(): void {
    const end = Math.min(this.#line.length - marginChars, openEnd(this.#line, this.#secrets));
    const to = Math.max(this.#shown, end);
    const leftOut = this.#line.length - to + this.#dropped;
    this.#show(`${this.#clean(this.#line, to).text}[… ${leftOut} characters of this line left out]`);
    this.#line = "";
    this.#shown = 0;
    this.#dropped = 0;
  }

  /** A text that begins with this line, from where it was shown before. */
  #clean(text: string, to: number): { text: string; inside: boolean } {
    const { spans, inside } = keySpans(text, this.#hidden > 0);
    const all = [...secretSpans(text, this.#secrets), ...spans];
    return { text: without(text, all, this.#shown, to), inside };
  }
}
