import { keyChars, shownLineChars } from "./limits.ts";
import { longestKnown, openEnd, secretSpans, settledEnd } from "./redact.ts";
import { keySpans, without } from "./secret-shapes.ts";

/** Hidden at both sides of a cut, since what stands there may be half of a secret. */
const marginChars = 4_000;

/** This much of a known value gives it away. */
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
  /** Characters of it that are shown already. */
  #shown = 0;
  /** How much more there is of it than is kept as a line, and the end of that. */
  #more = 0;
  #last = "";
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
    if (this.#hidden > 0 || this.#more > 0) return;
    const end = settledEnd(this.#line, this.#secrets);
    if (end <= this.#shown) return;
    this.#show(this.#clean(this.#line, end).text);
    this.#shown = end;
  }

  /** Nothing comes any more. */
  end(): void {
    this.#joinOrCut();
    if (this.isGrowing) this.#show(this.#clean(this.#line, wholeEnd(this.#line, this.#secrets)).text);
    this.#line = "";
    this.#shown = 0;
  }

  #grow(text: string): void {
    const room = shownLineChars - this.#line.length;
    this.#line += text.slice(0, room);
    if (text.length <= room) return;
    this.#more += text.length - room;
    this.#last += text.slice(room);
    const most = this.#margin + shownLineChars;
    if (this.#last.length > 4 * most) this.#last = this.#last.slice(-most);
  }

  /** @param text ends with a line's end */
  #finish(text: string): void {
    let rest = text;
    if (this.#more > 0) {
      const end = text.search(/[\r\n]/);
      this.#grow(text.slice(0, end));
      this.#joinOrCut();
      rest = text.slice(end);
    }
    const lines = this.#line + rest;
    const { text: clean, inside } = this.#clean(lines, lines.length);
    // An agent that only prints the words that begin a key is not silenced for good.
    this.#hidden = inside && this.#hidden < keyChars ? this.#hidden + rest.length : 0;
    this.#line = "";
    this.#shown = 0;
    if (clean !== "") this.#show(clean);
  }

  /** A line that became too long is whole after all; or its beginning and end are shown, and how much is left out. */
  #joinOrCut(): void {
    const [head, last, more] = [this.#line, this.#last, this.#more];
    this.#more = 0;
    this.#last = "";
    if (last.length === more) {
      this.#line += last;
      return;
    }
    const to = Math.max(this.#shown, Math.min(head.length - marginChars, openEnd(head, this.#secrets)));
    const [from, end] = [this.#margin, wholeEnd(last, this.#secrets)];
    const leftOut = head.length - to + more - (last.length - from);
    const shownHead = this.#clean(head, to).text;
    this.#shown = from;
    const shownLast = this.#clean(last, end).text;
    this.#show(`${shownHead}[… ${leftOut} characters of this line left out]${shownLast}`);
    this.#line = "";
    this.#shown = 0;
  }

  /** A known value that is longer than most is never cut in two unseen. */
  get #margin(): number {
    return Math.max(marginChars, longestKnown(this.#secrets));
  }

  /** A text that begins with this line, from where it was shown before. */
  #clean(text: string, to: number): { text: string; inside: boolean } {
    const { spans, inside } = keySpans(text, this.#hidden > 0);
    const all = [...secretSpans(text, this.#secrets), ...spans];
    return { text: without(text, all, this.#shown, to), inside };
  }
}

/** Up to where a text that has ended may be shown: not the larger part of a known value, whose rest never came. */
function wholeEnd(text: string, secrets: readonly string[]): number {
  const end = openEnd(text, secrets);
  return text.length - end >= halfChars ? end : text.length;
}
