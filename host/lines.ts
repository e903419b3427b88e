import { StringDecoder } from "node:string_decoder";
import { lineChars } from "./limits.ts";

/** One stream of a program's output, for people: as it comes, or what somebody makes of each line. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #hear: ((line: string) => string) | undefined;
  readonly #show: (text: string) => void;
  #rest = "";

  constructor(hear: ((line: string) => string) | undefined, show: (text: string) => void) {
    this.#hear = hear;
    this.#show = show;
  }

  add(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    if (!this.#hear) {
      this.#show(text);
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    if (this.#rest.length > lineChars) this.end();
  }

  end(): void {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#take(rest);
  }

  #take(line: string): void {
    const text = this.#hear?.(line) ?? line;
    if (text !== "") this.#show(`${text}\n`);
  }
}
