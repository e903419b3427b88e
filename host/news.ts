import { tailChars } from "./limits.ts";
import { redact } from "./redact.ts";

/** Room for the note that says how much was left out. */
const noteChars = 60;

/**
 * What a program has printed and nobody has been told yet. Told by whole lines, so that no secret leaves in two halves;
 * what is too much for one piece is left out at its beginning, and that is said.
 */
export class News {
  #text = "";
  #leftOut = 0;
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  add(text: string): void {
    this.#text += text;
    const excess = this.#text.length - 2 * tailChars;
    if (excess <= 0) return;
    const cut = this.#text.indexOf("\n", excess) + 1 || excess;
    this.#text = this.#text.slice(cut);
    this.#leftOut += cut;
  }

  /** @param toTheEnd also a last line that may not be over */
  take(toTheEnd: boolean): string | null {
    const end = toTheEnd ? this.#text.length : this.#text.lastIndexOf("\n") + 1;
    const told = redact(this.#text.slice(0, end), this.#secrets).replaceAll("\0", "").toWellFormed();
    if (told.trim() === "") return null;
    this.#text = this.#text.slice(end);
    const piece = told.slice(-(tailChars - noteChars));
    const leftOut = this.#leftOut + told.length - piece.length;
    this.#leftOut = 0;
    return leftOut === 0 ? piece : `[${leftOut} characters left out]\n${piece}`;
  }
}
