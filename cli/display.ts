import type { WriteStream } from "node:tty";
import { boardLines, seconds } from "./board.ts";
import { plain, shownText } from "./town/text.ts";
import { failures, type Snapshot, transitions } from "./transitions.ts";

/** Shows a town at work: a board that is redrawn on a terminal, else a line for each change. What agents and people wrote commands no terminal. */
export class Display {
  readonly #out: NodeJS.WriteStream;
  readonly #startedMs = performance.now();
  #last: Snapshot | null = null;
  /** Lines of the board that stand on the screen now. */
  #drawn = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** Writes a line that stays, above the board. */
  say(line: string): void {
    this.#erase();
    this.#out.write(`${shownText(line)}\n`);
  }

  /** Begins from here: what happened before this start is no news. */
  begin(now: Snapshot): void {
    this.#last ??= now;
  }

  update(now: Snapshot): void {
    const elapsedMs = performance.now() - this.#startedMs;
    const isBoard = this.#isBoardFor(now);
    // On a board each bead's state can be seen; what failed would be gone at the next redraw.
    const news = (isBoard ? failures : transitions)(this.#last, now, Date.now()).map(plain);
    this.#last = now;
    for (const line of news) this.say(`${seconds(elapsedMs).padStart(7)}  ${line}`);
    if (isBoard) this.#draw(boardLines(now, elapsedMs, (this.#out as WriteStream).columns));
  }

  /** Leaves the board as it stands; what is said next comes below. */
  release(): void {
    this.#drawn = 0;
  }

  #isBoardFor({ beads }: Snapshot): boolean {
    return this.#out.isTTY && process.env.TERM !== "dumb" && beads.length + 3 < (this.#out.rows ?? 0);
  }

  #draw(lines: string[]): void {
    this.#erase();
    this.#out.write(`${lines.map(plain).join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}
