import { StringDecoder } from "node:string_decoder";
import { lineChars } from "./limits.ts";

/** Whole lines of a stream, as they come; of one that is too long, how long it was. Each character is looked at once. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #take: (line: string) => void;
  readonly #drop: (chars: number) => void;
  #pieces: string[] = [];
  #chars = 0;

  /** @param drop is told of a line with more characters than any of a tool's events has, in place of that */
  constructor(take: (line: string) => void, drop: (chars: number) => void) {
    this.#take = take;
    this.#drop = drop;
  }

  add(chunk: Buffer): void {
    const lines = this.#decoder.write(chunk).split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#grow(line);
      this.#finish();
    }
    this.#grow(rest);
  }

  end(): void {
    this.#grow(this.#decoder.end());
    if (this.#chars > 0) this.#finish();
  }

  #grow(text: string): void {
    if (text === "") return;
    this.#chars += text.length;
    if (this.#chars <= lineChars) this.#pieces.push(text);
    else this.#pieces = [];
  }

  #finish(): void {
    const [pieces, chars] = [this.#pieces, this.#chars];
    this.#pieces = [];
    this.#chars = 0;
    if (chars <= lineChars) this.#take(pieces.join(""));
    else this.#drop(chars);
  }
}

/** Where text for people goes. */
interface Shown {
  add(text: string): void;
  end(): void;
}

/** All of a stream, as it comes. */
export class Text {
  readonly #decoder = new StringDecoder("utf8");
  readonly #into: Shown;

  constructor(into: Shown) {
    this.#into = into;
  }

  add(chunk: Buffer): void {
    this.#into.add(this.#decoder.write(chunk));
  }

  end(): void {
    this.#into.add(this.#decoder.end());
    this.#into.end();
  }
}

/** What a reader makes of each line of a stream. Handed on once for each chunk, since that costs more than a line. */
export class HeardLines {
  readonly #lines: Lines;
  readonly #into: Shown;
  #heard = "";

  constructor(hear: (line: string) => string, into: Shown) {
    this.#into = into;
    const keep = (text: string) => {
      if (text !== "") this.#heard += `${text}\n`;
    };
    this.#lines = new Lines(
      (line) => keep(hear(line)),
      (chars) => keep(tooLong(chars)),
    );
  }

  add(chunk: Buffer): void {
    this.#lines.add(chunk);
    this.#handOn();
  }

  end(): void {
    this.#lines.end();
    this.#handOn();
    this.#into.end();
  }

  #handOn(): void {
    const heard = this.#heard;
    this.#heard = "";
    if (heard !== "") this.#into.add(heard);
  }
}

/** What people read in place of a line that was dropped. */
export const tooLong = (chars: number): string => `[a line of ${chars} characters is left out]`;
